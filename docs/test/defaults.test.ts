import { readFileSync } from 'node:fs'
import {
  ANONYMOUS_OWNER,
  DEFAULT_BACKOFF,
  DEFAULT_PAGE_SIZE,
  defineTask,
  MAX_FILTER_DEPTH,
  MAX_FILTER_LIST,
  MAX_FILTER_NODES,
  MAX_LABEL_LENGTH,
  MAX_MESSAGE_LENGTH,
  MAX_PAGE_SIZE,
  MAX_REPORT_DEPTH,
  StrictPriorityStrategy,
  WeightStrategy,
} from '@waybill/core'
import { expect, test } from 'vitest'

const text = readFileSync(new URL('../defaults.md', import.meta.url), 'utf8')

/** The second cell of the row that begins so. */
function cell(row: string): string {
  const line = text.split('\n').find((each) => each.startsWith(`| ${row} |`))
  return line?.split(' | ')[1]?.replace(/ \|$/, '') ?? ''
}

const number = (value: number): string => value.toLocaleString('en')

test('the page of defaults says what core has', () => {
  const task = defineTask({ name: 'any', run: () => null, remote: { status: () => 'completed' } })
  expect(cell('attempts')).toBe(number(task.attempts))
  expect(cell('priority')).toMatch(new RegExp(`^${task.priority};`))
  expect(cell('timeout of an attempt')).toBe(task.timeoutMs === null ? 'none' : '')
  expect(cell('remote status asked again')).toBe(`${Number(task.remote?.intervalMs) / 1_000} s`)
  expect(cell('back-off')).toBe(
    `${DEFAULT_BACKOFF.baseMs / 1_000} s, 2 s, 4 s ... at most ${DEFAULT_BACKOFF.maxMs / 60_000} min, half of it random`,
  )
  expect([DEFAULT_BACKOFF.factor, DEFAULT_BACKOFF.jitter]).toEqual([2, 0.5])
  expect(cell('owner')).toBe(`\`${ANONYMOUS_OWNER}\``)
  expect(cell('pause between looks when idle')).toBe(
    `${new WeightStrategy().waitMs / 1_000} s by weight, ${new StrictPriorityStrategy().waitMs / 1_000} s by strict priority`,
  )
  expect(cell('label')).toBe(`${MAX_LABEL_LENGTH} characters`)
  expect(cell('depth of a report, length of a message')).toBe(
    `${MAX_REPORT_DEPTH}, ${number(MAX_MESSAGE_LENGTH)} characters; cut with a mark`,
  )
  expect(cell('page of a search')).toBe(`${DEFAULT_PAGE_SIZE}; ${number(MAX_PAGE_SIZE)} at most`)
  expect(cell('a filter')).toBe(
    `${MAX_FILTER_NODES} conditions, ${MAX_FILTER_DEPTH} deep, lists of ${number(MAX_FILTER_LIST)}`,
  )
})
