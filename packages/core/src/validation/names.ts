import { InvalidInputError } from '../errors/errors.ts'
import { show } from './show.ts'
import { checkText } from './texts.ts'

const TASK_NAME = /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,189}$/
const QUEUE_NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/
/** Anything but control characters and lone surrogates, so that every database can index and compare it. */
const KEY = /^[^\p{Cc}\p{Cs}]{1,190}$/u

/** The characters a label may have. */
export const MAX_LABEL_LENGTH = 255

/** A task name: 1 to 190 letters, digits, `.`, `_`, `:`, `/`, `-`, beginning with a letter or digit. */
export function checkTaskName(value: unknown, path: string): string {
  return check(value, path, TASK_NAME, '1 to 190 letters, digits and ._:/- beginning with a letter or digit')
}

/** A queue name: 1 to 64 letters, digits, `_`, `.`, `-`, beginning with a letter. */
export function checkQueueName(value: unknown, path: string): string {
  return check(value, path, QUEUE_NAME, '1 to 64 letters, digits and _.- beginning with a letter')
}

/** An owner, an idempotency key or a limit key: 1 to 190 characters, none of them a control character. */
export function checkKey(value: unknown, path: string): string {
  return check(value, path, KEY, '1 to 190 characters without control characters')
}

/** A label: at most 255 characters. */
export function checkLabel(value: unknown, path: string): string {
  return checkText(value, path, MAX_LABEL_LENGTH)
}

function check(value: unknown, path: string, pattern: RegExp, expected: string): string {
  if (typeof value === 'string' && pattern.test(value)) return value
  throw new InvalidInputError(path, `expected ${expected}, got ${show(value)}`)
}
