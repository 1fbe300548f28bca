import { describe, expect, it } from 'vitest'
import { createTaskId } from '../identity/id.ts'
import { Report, type ReportJson } from '../report/report.ts'
import { defineTask } from '../task/define-task.ts'
import type { Claim } from '../task-log/claimable-task-log-broker.ts'
import { type Attempt, aborted, failed, returned, threw } from './attempt-end.ts'

const definition = defineTask({
  name: 'a',
  timeout: '5s',
  retry: { backoff: { baseMs: 1_000, factor: 2, jitter: 0, maxMs: 60_000 } },
  run: () => undefined,
})

/** Of three attempts, the one with this number. */
function attempt(number: number): Attempt {
  const claim: Pick<Claim, 'id' | 'attempt' | 'maxAttempts'> = {
    id: createTaskId(0),
    attempt: number,
    maxAttempts: 3,
  }
  return { claim: claim as Claim, definition, random: () => 0.5 }
}

const told = (report: string | null): ReportJson => JSON.parse(report ?? 'null')
const child = Report.info('half of it is done')
const own = Report.info('so far').add(child)

describe('a task that returned', () => {
  it('has completed, by its own report, by what it collected, or by neither', () => {
    const done = returned(attempt(1), Report.success('done'), own)
    expect(done).toMatchObject({ to: 'completed', reason: null, delayMs: 0 })
    expect(told(done.report)).toMatchObject({ message: 'done' })
    expect(told(returned(attempt(1), undefined, own).report)).toMatchObject({ message: 'so far' })
    const nothing = returned(attempt(1), undefined, null)
    expect(nothing).toMatchObject({ to: 'completed', reason: null, delayMs: 0 })
    expect(told(nothing.report)).toMatchObject({ type: 'info', message: 'The task returned no report.' })
  })

  it('has failed for good with an error anywhere in its report', () => {
    const report = Report.info('import').add(Report.error('line 7'))
    expect(returned(attempt(1), report, null)).toMatchObject({ to: 'failed', reason: 'report', delayMs: 0 })
  })

  it('is tried again when its report says so, after the time it says, at once, or by its policy', () => {
    const after = (delay: number) => returned(attempt(1), Report.error('busy').retry({ after: delay }), null)
    expect(after(7)).toMatchObject({ to: 'retry', reason: 'report', delayMs: 7 })
    expect(after(0)).toMatchObject({ to: 'retry', delayMs: 0 })
    expect(returned(attempt(1), Report.error('busy').retry(), null)).toMatchObject({ delayMs: 1_000 })
    const last = returned(attempt(3), Report.error('busy').retry({ after: 7 }), null)
    expect(last).toMatchObject({ to: 'failed', reason: 'report', delayMs: 0 })
  })
})

it('a task that threw is tried again, longer and longer, and its report is kept beneath the error', () => {
  const error = new Error('no disk')
  expect([1, 2].map((number) => threw(attempt(number), error, own))).toMatchObject([
    { to: 'retry', reason: 'error', delayMs: 1_000 },
    { to: 'retry', reason: 'error', delayMs: 2_000 },
  ])
  const last = threw(attempt(3), error, own)
  expect(last).toMatchObject({ to: 'failed', reason: 'error', delayMs: 0 })
  expect(told(last.report).children).toContainEqual(expect.objectContaining({ message: child.message }))
  expect(told(threw(attempt(3), error, null).report)).toMatchObject({ type: 'error', message: 'no disk' })
})

describe('a task that was asked to stop', () => {
  it('by its timeout is tried again', () => {
    const end = aborted(attempt(1), 'timeout', own)
    expect(end).toMatchObject({ to: 'retry', reason: 'timeout', delayMs: 1_000 })
    const message = 'The task took longer than its timeout of 5000 ms.'
    expect(told(end.report)).toMatchObject({ type: 'error', message, children: [{ message: child.message }] })
    expect(told(aborted(attempt(1), 'timeout', null).report).children ?? []).toEqual([])
  })

  it('by whoever cancelled it is cancelled', () => {
    const end = aborted(attempt(3), 'cancelled', own)
    expect(end).toMatchObject({ to: 'cancelled', reason: 'cancelled', delayMs: 0 })
    const message = 'The task was cancelled while it was running.'
    expect(told(end.report)).toMatchObject({
      type: 'warning',
      message,
      children: [{ message: child.message }],
    })
  })

  it.each(['shutdown', 'lease_lost'] as const)('by %s goes back', (cause) => {
    expect(aborted(attempt(3), cause, own)).toEqual({
      to: 'release',
      reason: 'shutdown',
      report: null,
      delayMs: 0,
    })
  })
})

it('a task that never runs has failed, with the reason', () => {
  expect(failed('undecodable', Report.error('no'))).toMatchObject({
    to: 'failed',
    reason: 'undecodable',
    delayMs: 0,
  })
})
