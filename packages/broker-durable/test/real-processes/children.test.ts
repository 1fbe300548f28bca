import { expect, test } from 'vitest'
import { DATABASES } from '../open-log.ts'
import { moment } from './ledger.ts'
import { outcomesOf } from './rules.ts'
import { setScene } from './scene.ts'
import { family } from './tasks.ts'

/** How many children the parent gets. */
const CHILDREN = Number(process.env['WAYBILL_TEST_CHILDREN'] ?? 1_000)

test.for(DATABASES)(
  'many children of one parent are worked on by all processes, and close it once: on %s',
  async (database, { annotate }) => {
    const { dispatcher, log, ledger, start, standing, dismiss } = await setScene(database)
    for (let count = 0; count < 2; count += 1) start({ leaseMs: 60_000 })
    await standing()
    const began = moment()
    const { id } = await dispatcher.enqueue(family, { children: CHILDREN, ms: 0, failing: 0 })
    await dispatcher.taskLog.wait([id])
    const ended = moment()
    await dismiss()
    await annotate(`${CHILDREN} children in ${Math.round(ended - began)} ms`)
    expect(await dispatcher.taskLog.getById(id)).toMatchObject({ status: 'completed', attempt: 1 })
    const children = { kind: 'column', column: 'parentId', operator: 'eq', value: id } as const
    expect(await log.stats(children)).toMatchObject({ completed: CHILDREN, failed: 0, enqueued: 0 })
    const outcomes = outcomesOf(ledger)
    expect(outcomes.size).toBe(CHILDREN + 1)
    expect([...outcomes.values()].every((count) => count === 1)).toBe(true)
    expect(ledger.of('fault')).toEqual([])
  },
)
