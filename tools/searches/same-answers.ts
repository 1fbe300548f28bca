import type {
  ClaimableTaskLogBroker,
  FoundRecord,
  NewTaskLogRecord,
  TaskLogBroker,
  TaskLogSearch,
} from '@waybill/core'
import { expect } from 'vitest'
import { newEntry, tokenOf } from './entries.ts'
import type { Question, Searches } from './searches.ts'

/** The log under test and the reference, under one virtual clock. */
export interface Pair {
  readonly log: ClaimableTaskLogBroker
  readonly reference: ClaimableTaskLogBroker
  /** Moves the clock of both. */
  pass(ms: number): Promise<void> | void
}

/** How records of the two are compared: to the letter, or what their JSON says. */
export type Comparison = (records: readonly FoundRecord[]) => unknown

/** Lets the same happen in both logs, asks both, and fails where an answer differs. */
export async function expectSameAnswers(
  pair: Pair,
  { entries, questions }: Searches,
  compared: Comparison = (records) => records,
): Promise<void> {
  await fill(pair, entries)
  for (const question of questions) await ask(pair, question, compared)
}

/** Adds entries and lets some of them live on, so that every column has values. */
async function fill(
  { log, reference, pass }: Pair,
  entries: readonly Partial<NewTaskLogRecord>[],
): Promise<void> {
  for (const each of [log, reference]) await each.add(entries.map((fields, index) => newEntry(index, fields)))
  await pass(3)
  const settled = { delayMs: 0, report: '{"type":"info"}', progress: null, startedAgoMs: 1 }
  for (const each of [log, reference]) {
    await each.heartbeat({ worker: 'w', leaseMs: 1_000, info: null, open: [] })
    const claims = await each.claim({ worker: 'w', token: tokenOf(1), from: { queue: 'q' }, limit: 4 })
    const [first, second] = claims.map(({ id, token }) => ({ id, token, ...settled }))
    if (first !== undefined) await each.settle([{ ...first, to: 'completed', reason: null }])
    if (second !== undefined) await each.settle([{ ...second, to: 'failed', reason: 'error' }])
  }
  await pass(2)
}

async function ask({ log, reference }: Pair, question: Question, compared: Comparison): Promise<void> {
  const { where } = question
  expect(await log.count(where)).toBe(await reference.count(where))
  expect(await log.stats(where)).toEqual(await reference.stats(where))
  const first = { ...question, after: null }
  expect(compared(await log.search(first))).toEqual(compared(await reference.search(first)))
  expect(compared(await allPages(log, first))).toEqual(compared(await allPages(reference, first)))
}

/** Every page, each beginning after the last row of the one before. */
async function allPages(log: TaskLogBroker, request: TaskLogSearch): Promise<readonly FoundRecord[]> {
  const found: FoundRecord[] = []
  let after: TaskLogSearch['after'] = null
  do {
    const page = await log.search({ ...request, offset: 0, omit: [], after })
    found.push(...page)
    const last = page.at(-1)
    after = last === undefined ? null : { value: last[request.sort] as string | number, id: last.id }
  } while (after !== null)
  return found
}
