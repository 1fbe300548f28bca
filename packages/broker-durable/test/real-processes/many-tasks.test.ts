import type { FoundRecord } from '@waybill/core'
import { describe, expect, test } from 'vitest'
import { DATABASES } from '../open-log.ts'
import { type Ledger, moment } from './ledger.ts'
import { found, Mix } from './mix.ts'
import { runIn } from './record.ts'
import { lateWrites, outcomesOf, overlaps, runsOf } from './rules.ts'
import { type Scene, seen, setScene } from './scene.ts'
import type { WorkerProcess } from './worker-process.ts'

/** How many tasks each test runs on each database. */
const ENTRIES = Number(process.env['WAYBILL_TEST_TASKS'] ?? 1_000)
/** How long a frozen worker's tasks are waited for. */
const PATIENCE_MS = 10_000
/** How often a worker is frozen and another killed, while there is work. */
const STRIKES = Math.max(2, ENTRIES / 2_000)
/** Long enough that a busy machine is not taken for a dead worker. */
const CALM = { leaseMs: 60_000 }
/** Short enough that a strike does not take long. */
const TIMING = { leaseMs: 2_000, beatMs: 500, sweepMs: 500 }

describe.each(DATABASES)('four worker processes on %s', { timeout: 60_000 + 60 * ENTRIES }, (database) => {
  test('end every task as it must end, with not one start too many', async () => {
    const scene = await setScene(database)
    const mix = new Mix(scene.dispatcher, { entries: ENTRIES, ms: 0 })
    for (let count = 0; count < 4; count += 1) scene.start(CALM)
    await mix.enqueue()
    await mix.ended()
    await scene.dismiss()

    const { ledger } = scene
    expect(overlaps(ledger)).toEqual([])
    const records = await checked(scene, mix)
    const runs = runsOf(ledger)
    for (const [label, starts] of Object.entries(mix.starts)) {
      const off = records.filter((record) => record.label === label && (runs.get(record.id) ?? 0) !== starts)
      expect(
        off.map(({ id }) => id),
        label,
      ).toEqual([])
    }
    expect(ledger.of('settled').filter(({ accepted }) => !accepted)).toEqual([])
    const outcomes = outcomesOf(ledger)
    expect([...runs.keys()].filter((id) => outcomes.get(id) !== 1)).toEqual([])
  })

  test('that are killed and frozen lose nothing, and what they write too late is refused', async ({
    annotate,
  }) => {
    const scene = await setScene(database)
    const mix = new Mix(scene.dispatcher, { entries: ENTRIES, ms: 20 })
    for (let count = 0; count < 4; count += 1) scene.start(TIMING)
    let isWorking = true
    const work = mix.enqueue().then(async () => {
      await mix.endedByItself()
      isWorking = false
    })
    let strikes = 0
    while (strikes === 0 || (isWorking && strikes < STRIKES)) if (await strikeAt(scene)) strikes += 1
    await work
    await mix.ended()
    await scene.dismiss()

    await checked(scene, mix)
    const late = lateWrites(scene.ledger)
    expect(late.length).toBeGreaterThan(0)
    expect(late.filter(({ accepted }) => accepted)).toEqual([])
    await annotate(`${strikes} workers frozen and as many killed, ${late.length} late writes`)
  })
})

/**
 * Freezes a worker in the middle of its work and kills another, whose place is taken by a new one. Lets the frozen one go
 * on when somebody else has been given a task that it was running. A worker that is frozen while it holds the write lock
 * of SQLite stops all others with it: then that is not waited for, and the strike does not count.
 */
async function strikeAt({ ledger, standing, start }: Scene): Promise<boolean> {
  const living = (await standing()).toSorted(() => Math.random() - 0.5)
  const frozen = await seen(() => living.find((worker) => unended(ledger, worker).length > 0))
  const killed = living.find((worker) => worker !== frozen)
  frozen.freeze()
  const began = moment()
  const held = unended(ledger, frozen)
  await killed?.kill()
  const isTaken = (): boolean =>
    ledger.of('claimed').some(({ id, asked }) => held.includes(id) && asked > began)
  await seen(() => isTaken() || moment() - began > PATIENCE_MS)
  frozen.thaw()
  start(TIMING)
  return isTaken()
}

/** The tasks that a worker has begun and not ended. */
function unended(ledger: Ledger, { name }: WorkerProcess): readonly string[] {
  const ended = new Set(ledger.of('ended').map(({ run }) => run))
  return ledger.of('began').flatMap(({ worker, run, id }) => (worker === name && !ended.has(run) ? [id] : []))
}

/** All entries, each as it must be, whatever befell the workers. */
async function checked({ log, ledger }: Scene, mix: Mix): Promise<readonly FoundRecord[]> {
  const records = await found(log, { kind: 'and', nodes: [] })
  const byLabel = Map.groupBy(records, ({ label }) => label ?? '')
  const raced = byLabel.get('cancelled at any moment') ?? []
  byLabel.delete('cancelled at any moment')
  const ends = [...byLabel].map(([label, entries]) => [label, tally(entries.map(({ status }) => status))])
  expect(Object.fromEntries(ends)).toEqual(mix.ends)

  const runs = runsOf(ledger)
  expect(raced.length).toBe(mix.cancels.size)
  for (const { id, status } of raced) {
    const [answer, starts] = [mix.cancels.get(id), runs.get(id) ?? 0]
    if (answer === 'cancelled') expect([status, starts]).toEqual(['cancelled', 0])
    else if (answer === 'too late') expect(status).toBe('completed')
    else expect(['cancelled', 'completed']).toContain(status)
  }
  expect(records.filter(({ id, status }) => status !== 'cancelled' && !runs.has(id))).toEqual([])
  const outcomes = outcomesOf(ledger)
  expect(records.filter(({ id }) => (outcomes.get(id) ?? 0) > 1)).toEqual([])
  const refused = new Set(ledger.of('settled').flatMap(({ accepted, run }) => (accepted ? [] : run)))
  expect(records.filter(({ report }) => refused.has(runIn(report) ?? 'none'))).toEqual([])
  return records
}

function tally(values: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    [...Map.groupBy(values, (value) => value)].map(([value, same]) => [value, same.length]),
  )
}
