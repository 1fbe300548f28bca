import { describe, expect, it } from 'vitest'
import { InvalidInputError } from '../errors/errors.ts'
import { checkInstant } from './instants.ts'
import { checkKey, checkLabel, checkQueueName, checkTaskName } from './names.ts'
import { checkInteger } from './numbers.ts'
import { checkOneOf } from './one-of.ts'
import { checkText } from './texts.ts'

const HOSTILE: readonly unknown[] = [
  undefined,
  null,
  0,
  1n,
  Number.NaN,
  true,
  Symbol('s'),
  {},
  [],
  ['a'],
  new Date(),
  () => 'a',
  Object.create(null),
  new String('a'),
]

describe.each([
  ['a task name', checkTaskName],
  ['a queue name', checkQueueName],
  ['a key', checkKey],
  ['a label', checkLabel],
] as const)('%s', (_, check) => {
  it('is a text; anything else is one typed error that names the path and stays short', () => {
    for (const value of HOSTILE) {
      expect(() => check(value, 'the.path')).toThrow(InvalidInputError)
      expect(() => check(value, 'the.path')).toThrow(/^the\.path: /)
    }
  })

  it('has no NUL and no lone surrogate, and is not huge', () => {
    for (const value of ['a\0', 'a\ud800', '\udfffa', 'a'.repeat(1_000_000)]) {
      expect(() => check(value, 'p')).toThrow(InvalidInputError)
    }
    expect(() => check('a'.repeat(1_000_000), 'p')).toThrow(/.{0,300}$/)
  })
})

describe('a task name', () => {
  it.each(['a', '0', 'billing.report', 'App/Jobs:import-all_2', 'constructor', 'a'.repeat(190)])(
    'may be %s',
    (name) => {
      expect(checkTaskName(name, 'taskName')).toBe(name)
    },
  )

  it.each([
    '',
    '.a',
    '/a',
    '_a',
    '__proto__',
    'a b',
    'a\n',
    'é',
    'a\\b',
    '<img>',
    "a'",
    'a"',
    'a;',
    'a'.repeat(191),
  ])('is not %j', (name) => {
    expect(() => checkTaskName(name, 'taskName')).toThrow(/^taskName: expected 1 to 190/)
  })
})

describe('a queue name', () => {
  it.each(['a', 'default', 'High-1.x_y', 'a'.repeat(64)])('may be %s', (name) => {
    expect(checkQueueName(name, 'queue')).toBe(name)
  })

  it.each([
    '',
    '1a',
    '-a',
    'a/b',
    'a:b',
    'a*',
    'a>',
    'a#',
    'a b',
    'a\n',
    'q{1}',
    'public"; drop',
    '😀',
    'a'.repeat(65),
  ])('is not %j', (name) => {
    expect(() => checkQueueName(name, 'queue')).toThrow(InvalidInputError)
  })
})

describe('a key: owner, idempotency key, limit key', () => {
  it.each(['a', ' ', 'user@example.org', 'https://tao/u#i1', 'Zoë 😀', '😀'.repeat(190)])(
    'may be %s',
    (key) => {
      expect(checkKey(key, 'owner')).toBe(key)
    },
  )

  it.each(['', 'a\n', 'a\u001b[2J', 'a\u007f', 'a\u0085', '😀'.repeat(191)])('is not %j', (key) => {
    expect(() => checkKey(key, 'owner')).toThrow(InvalidInputError)
  })
})

it('a label has at most 255 characters, any of them but NUL', () => {
  expect(checkLabel('', 'label')).toBe('')
  expect(checkLabel('é'.repeat(255), 'label')).toHaveLength(255)
  expect(checkLabel('<b>two\nlines</b>', 'label')).toBe('<b>two\nlines</b>')
  expect(() => checkLabel('é'.repeat(256), 'label')).toThrow(/at most 255 characters/)
})

it('a text has at most as many characters as are asked for', () => {
  expect(checkText('abc', 'p', 3)).toBe('abc')
  expect(() => checkText('abcd', 'p', 3)).toThrow(InvalidInputError)
})

it('an integer is within its bounds, both included', () => {
  expect(checkInteger(1, 'p', 1, 3)).toBe(1)
  expect(checkInteger(3, 'p', 1, 3)).toBe(3)
  for (const value of [0, 4, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '2', 2n, null, undefined, [2]]) {
    expect(() => checkInteger(value, 'p', 1, 3)).toThrow(/^p: expected an integer from 1 to 3/)
  }
})

it('a word is of its closed set', () => {
  expect(checkOneOf('a', 'p', ['a', 'b'])).toBe('a')
  for (const value of ['c', '', 'A', 'constructor', '__proto__', ['a'], null, 0]) {
    expect(() => checkOneOf(value, 'p', ['a', 'b'])).toThrow(/^p: expected one of a, b/)
  }
})

it('an instant is a Date or whole milliseconds from 1970 to the end of 9999', () => {
  expect(checkInstant(new Date(5), 'p')).toBe(5)
  expect(checkInstant(0, 'p')).toBe(0)
  expect(checkInstant(new Date('9999-12-31T23:59:59.999Z'), 'p')).toBe(253_402_300_799_999)
  const wrong = [
    -1,
    0.5,
    new Date(Number.NaN),
    new Date('+010000-01-01T00:00:00Z'),
    new Date(-1),
    '2026-01-01',
    'infinity',
  ]
  for (const value of [...wrong, ...HOSTILE.filter((each) => each !== 0 && !(each instanceof Date))]) {
    expect(() => checkInstant(value, 'p')).toThrow(InvalidInputError)
  }
})
