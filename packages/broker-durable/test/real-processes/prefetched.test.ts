import { expect, test } from 'vitest'
import { DATABASES } from '../open-log.ts'
import { runsOf } from './rules.ts'
import { seen, setScene } from './scene.ts'
import { block, succeed } from './tasks.ts'

test.each(DATABASES)(
  'U9: what a killed worker had fetched and not started is run by others: on %s',
  async (database) => {
    const { dispatcher, ledger, start, dismiss } = await setScene(database)
    const killed = start({ leaseMs: 500, beatMs: 100, concurrency: 1 })
    // Quick tasks teach the worker to fetch many at once, if they take long enough to be measured (25 ms);
    // then comes one that keeps the others waiting.
    const many = Array.from({ length: 20 }, () => ({ task: succeed, input: { ms: 3 } }))
    const quick = await dispatcher.enqueueMany(many)
    await dispatcher.taskLog.wait(quick.map(({ id }) => id))
    const [first, ...rest] = await dispatcher.enqueueMany([{ task: block, input: { ms: 600_000 } }, ...many])
    await seen(() => ledger.of('began').some(({ id }) => id === first?.id))
    await killed.kill()
    await dispatcher.taskLog.cancel(first?.id ?? '')
    start()
    await dispatcher.taskLog.wait(rest.map(({ id }) => id))
    await dismiss()
    const held = ledger.of('claimed').filter(({ worker }) => worker === killed.name)
    const waited = rest.filter(({ id }) => held.some((claim) => claim.id === id))
    expect(waited.length).toBeGreaterThan(0)
    const runs = runsOf(ledger)
    expect(rest.map(({ id }) => runs.get(id))).toEqual(rest.map(() => 1))
  },
)
