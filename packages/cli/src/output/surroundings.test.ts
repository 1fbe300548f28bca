import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { type Environment, surroundingsOf } from './surroundings.ts'

function streams(stdoutIsTTY: boolean, columns?: number): Parameters<typeof surroundingsOf>[0] {
  const stdout = Object.assign(new PassThrough(), { isTTY: stdoutIsTTY, ...(columns ? { columns } : {}) })
  return { stdout, stderr: Object.assign(new PassThrough(), { isTTY: true }) }
}

function colourOf(isTTY: boolean, environment: Environment, noColour = false): boolean {
  return surroundingsOf(streams(isTTY), environment, { noColour }).colour
}

test('colour is for terminals, unless somebody says otherwise', () => {
  expect(colourOf(true, {})).toBe(true)
  expect(colourOf(false, {})).toBe(false)
  expect(colourOf(true, { TERM: 'dumb' })).toBe(false)
  expect(colourOf(true, { NO_COLOR: '1' })).toBe(false)
  expect(colourOf(true, { NO_COLOR: '' })).toBe(true)
  expect(colourOf(false, { FORCE_COLOR: '1' })).toBe(true)
  expect(colourOf(true, { FORCE_COLOR: '0' })).toBe(false)
  expect(colourOf(false, { FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(true)
  expect(colourOf(true, { FORCE_COLOR: '1' }, true)).toBe(false)
})

test('nothing moves in CI, on a dumb terminal, or where stderr is piped', () => {
  const animated = (environment: Environment): boolean =>
    surroundingsOf(streams(true), environment, { noColour: false }).animated
  expect(animated({})).toBe(true)
  expect(animated({ CI: 'false' })).toBe(true)
  expect(animated({ CI: 'true' })).toBe(false)
  expect(animated({ TERM: 'dumb' })).toBe(false)
})

test('the width is that of the terminal, else COLUMNS, else 80', () => {
  const width = (columns: number | undefined, environment: Environment): number =>
    surroundingsOf(streams(true, columns), environment, { noColour: false }).width
  expect(width(40, { COLUMNS: '100' })).toBe(40)
  expect(width(undefined, { COLUMNS: '100' })).toBe(100)
  expect(width(undefined, { COLUMNS: 'wide' })).toBe(80)
  expect(width(undefined, {})).toBe(80)
  expect(width(3, {})).toBe(20)
})
