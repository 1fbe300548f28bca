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
export const checkTaskName: Check = check(
  TASK_NAME,
  '1 to 190 letters, digits and ._:/- beginning with a letter or digit',
)

/** A queue name: 1 to 64 letters, digits, `_`, `.`, `-`, beginning with a letter. */
export const checkQueueName: Check = check(
  QUEUE_NAME,
  '1 to 64 letters, digits and _.- beginning with a letter',
)

/** An owner, an idempotency key or a limit key: 1 to 190 characters, none of them a control character. */
export const checkKey: Check = check(KEY, '1 to 190 characters without control characters')

/** A label: at most 255 characters. */
export function checkLabel(value: unknown, path: string): string {
  return checkText(value, path, MAX_LABEL_LENGTH)
}

type Check = (value: unknown, path: string) => string

/** Remembers what fitted last: of thousands of tasks that are enqueued together, most have the same names. */
function check(pattern: RegExp, expected: string): Check {
  let last: string | null = null
  return (value, path) => {
    if (typeof value === 'string' && (value === last || pattern.test(value))) {
      last = value
      return value
    }
    throw new InvalidInputError(path, `expected ${expected}, got ${show(value)}`)
  }
}
