import type { Duration } from '@waybill/core'
import { DURATION_TEXT } from './duration-text.ts'

/** An argument or an option: how it is written, what it means, what becomes of its text. */
export interface Input<Value> {
  readonly kind: 'argument' | 'option'
  /** As commander writes them: `<id>`, `[file]`, `<id...>`; `-q, --queue <names>`. */
  readonly flags: string
  /** For help. */
  readonly description: string
  /** The value of one text; `previous` is the value of those before it. Throws what is wrong, for people. */
  parse(text: string, previous: Value): Value
  /** The value when it is absent. */
  readonly initial: Value
  /** Read when the flag is absent. */
  readonly variable?: string
}

/** An input for each member of a command's options. */
export type Inputs<Options> = { readonly [Name in keyof Options]-?: Input<Options[Name]> }

interface More {
  /** The environment variable that is read when the flag is absent. */
  readonly variable?: string
}

/** A switch: true when it is given. */
export function flag(flags: string, description: string, more: More = {}): Input<boolean> {
  return { kind: 'option', flags, description, initial: false, parse: isOn, ...more }
}

/** One text. */
export function text(flags: string, description: string, more: More = {}): Input<string | undefined> {
  return { ...kindOf(flags), description, initial: undefined, parse: (value) => value, ...more }
}

/** A text that must be there. */
export function requiredText(flags: string, description: string): Input<string> {
  return { ...kindOf(flags), description, initial: '', parse: (value) => value }
}

/** Texts: given several times, or separated by commas. */
export function list(
  flags: string,
  description: string,
  more: More = {},
): Input<readonly string[] | undefined> {
  const parse = (value: string, previous: readonly string[] | undefined): readonly string[] => [
    ...(previous ?? []),
    ...value
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  ]
  return { ...kindOf(flags), description, initial: undefined, parse, ...more }
}

/** Texts, each as it is: a comma in one is part of it. */
export function texts(flags: string, description: string): Input<readonly string[]> {
  return { ...kindOf(flags), description, initial: [], parse: (value, previous) => [...previous, value] }
}

/** A whole number within bounds. */
export function integer(
  flags: string,
  description: string,
  more: More & { readonly min?: number; readonly max?: number } = {},
): Input<number | undefined> {
  const { min = 0, max = Number.MAX_SAFE_INTEGER, ...rest } = more
  const parse = (value: string): number => {
    const number = /^[+-]?\d{1,16}$/.test(value) ? Number(value) : Number.NaN
    if (number >= min && number <= max) return number
    throw new TypeError(
      max === Number.MAX_SAFE_INTEGER
        ? `expected a whole number from ${min}`
        : `expected a whole number from ${min} to ${max}`,
    )
  }
  return { ...kindOf(flags), description, initial: undefined, parse, ...rest }
}

/** A duration such as `30s`, `5m`, `2h` or `7d`. */
export function duration(flags: string, description: string, more: More = {}): Input<Duration | undefined> {
  const parse = (value: string): Duration => {
    if (DURATION_TEXT.test(value)) return value
    throw new TypeError('expected a duration such as 30s, 5m, 2h or 7d')
  }
  return { ...kindOf(flags), description, initial: undefined, parse, ...more }
}

/** One of a few words. */
export function choice<Word extends string>(
  flags: string,
  description: string,
  words: readonly Word[],
): Input<Word | undefined> {
  const parse = (value: string): Word => {
    const word = words.find((candidate) => candidate === value)
    if (word !== undefined) return word
    throw new TypeError(`expected one of ${words.join(', ')}`)
  }
  return { ...kindOf(flags), description: `${description} (${words.join(', ')})`, initial: undefined, parse }
}

function kindOf(flags: string): Pick<Input<unknown>, 'kind' | 'flags'> {
  return { kind: flags.startsWith('-') ? 'option' : 'argument', flags }
}

/** A switch in the environment: everything but the words for no. */
function isOn(value: string): boolean {
  return !['', '0', 'false', 'no', 'off'].includes(value.toLowerCase())
}
