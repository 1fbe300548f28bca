import type { SettleAnswer } from '@waybill/core'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createPostgresTaskLog, type PostgresTaskLog } from '../src/index.ts'
import { idOf, newEntry, tokenOf } from './both-logs.ts'
import { dropSchema, freshName, run } from './fresh-schema.ts'
import { gatedPool } from './gated-pool.ts'

const connectionString = inject('postgresUrl')
const schema = freshName()
let log: PostgresTaskLog
let families = 0

beforeAll(async () => {
  log = createPostgresTaskLog({ connectionString }, { schema, notify: false })
  await log.createContainer()
  await run(
    connectionString,
    `CREATE TABLE ${schema}.closings (id uuid);
     CREATE FUNCTION ${schema}.note() RETURNS trigger LANGUAGE plpgsql AS
       'BEGIN INSERT INTO ${schema}.closings VALUES (new.id); RETURN new; END';
     CREATE TRIGGER note AFTER UPDATE ON ${schema}.waybill_tasks FOR EACH ROW
       WHEN (old.status = 'child_running' AND new.status = 'completed') EXECUTE FUNCTION ${schema}.note()`,
  )
  await log.heartbeat({ worker: 'w', leaseMs: 600_000, info: null, open: [] })
})

afterAll(async () => {
  await log.close()
  await dropSchema(connectionString, schema)
})

/** Where a settlement of a child is held up: before its first lock, with all locks, after its look at the others. */
const STEPS = ['BEGIN ISOLATION LEVEL', 'FOR UPDATE', 'NOT EXISTS', 'COMMIT']

/** Every order in which two can take so many steps each, as the one whose turn it is. */
function orders(one: number, other: number): (0 | 1)[][] {
  if (one === 0 || other === 0) return [[...Array(one).fill(0), ...Array(other).fill(1)]]
  return [
    ...orders(one - 1, other).map((rest) => [0 as const, ...rest]),
    ...orders(one, other - 1).map((rest) => [1 as const, ...rest]),
  ]
}

/** The two are alike, so the first turn is always the same one's. */
const ORDERS = orders(STEPS.length - 1, STEPS.length).map((rest) => [0 as const, ...rest])

interface Family {
  readonly parent: string
  readonly children: readonly string[]
}

/** A parent that waits for its two children, which are held. */
async function family(): Promise<Family> {
  families += 1
  const [parent, ...children] = [0, 1, 2].map((member) => idOf(families * 10 + member)) as [
    string,
    string,
    string,
  ]
  const add = (id: string, parentId: string | null): Promise<unknown> =>
    log.add([newEntry(0, { id, parentId, label: id })])
  await add(parent, null)
  for (const child of children) await add(child, parent)
  const ids = [parent, ...children]
  const claims = await log.claim({ worker: 'w', token: tokenOf(families), from: { ids }, limit: 3 })
  expect(claims).toHaveLength(3)
  await settle(log, parent, families)
  expect(await log.find([parent])).toMatchObject([{ status: 'child_running' }])
  return { parent, children }
}

function settle(by: PostgresTaskLog, id: string, token: number): Promise<readonly SettleAnswer[]> {
  const settlement = { delayMs: 0, reason: null, report: null, progress: null, startedAgoMs: null }
  return by.settle([{ id, token: tokenOf(token), to: 'completed', ...settlement }])
}

describe.each(['read committed', 'repeatable read', 'serializable'])('where %s is the default', (level) => {
  test(`two last children close their parent exactly once, in every order of their steps`, async () => {
    const options = `-c default_transaction_isolation=${level.replace(' ', '\\ ')}`
    for (const order of ORDERS) {
      const { parent, children } = await family()
      const gates = [gatedPool(connectionString, options), gatedPool(connectionString, options)] as const
      const logs = gates.map(({ pool }) => createPostgresTaskLog({ pool }, { schema, notify: false }))
      try {
        const settled = children.map((child, index) =>
          settle(logs[index] as PostgresTaskLog, child, families),
        )
        const steps = [STEPS.values(), STEPS.values()] as const
        for (const turn of order) await gates[turn].advance(steps[turn].next().value as string)
        for (const gate of gates) gate.open()
        const answers = await Promise.all(settled)
        expect(answers.flat()).toMatchObject([{ accepted: true }, { accepted: true }])
        expect(await log.find([parent]), order.join('')).toMatchObject([{ status: 'completed' }])
        expect(await closings(parent), order.join('')).toBe(1)
      } finally {
        for (const gate of gates) gate.open()
        await Promise.all(gates.map((gate) => gate.end()))
      }
    }
  }, 300_000)
})

/** How often an entry that waited for its children was closed, as a trigger has seen it. */
async function closings(id: string): Promise<number> {
  return (await run(connectionString, `SELECT FROM ${schema}.closings WHERE id = '${id}'`)).length
}
