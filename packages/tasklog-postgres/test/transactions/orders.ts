import type { NewTaskLogRecord } from '@waybill/core'
import { onTestFinished } from 'vitest'
import { createPostgresTaskLog, type PostgresTaskLog } from '../../src/index.ts'
import { idOf, newEntry } from '../both-logs.ts'
import { dropSchema, freshName, run } from '../fresh-schema.ts'

/** An application's table, and a task log beside it. */
export interface Orders {
  readonly log: PostgresTaskLog
  readonly schema: string
  readonly table: string
  /** How many orders and tasks are there. */
  count(): Promise<{ readonly orders: number; readonly tasks: number }>
}

const EVERYTHING = { kind: 'and', nodes: [] } as const

/** Both, empty. */
export async function freshOrders(connectionString: string): Promise<Orders> {
  const schema = freshName()
  const table = `${schema}_orders`
  const log = createPostgresTaskLog({ connectionString }, { schema })
  onTestFinished(async () => {
    await log.close()
    await run(connectionString, `DROP TABLE ${table}`)
    await dropSchema(connectionString, schema)
  })
  await log.createContainer()
  await run(connectionString, `CREATE TABLE ${table} (id bigserial PRIMARY KEY, item text)`)
  return {
    log,
    schema,
    table,
    async count() {
      const [row] = await run(connectionString, `SELECT count(*) AS orders FROM ${table}`)
      return { orders: Number(row?.['orders']), tasks: await log.count(EVERYTHING) }
    },
  }
}

/** Entries that need every statement an add has: a parent and its child, a key twice, and texts that must be quoted. */
export const ENTRIES: readonly NewTaskLogRecord[] = [
  newEntry(1, { label: `it's 100 % \\ "quoted" ? :name \u{1f4e6}`, parameters: '{"a":"b?","c":"d\\n"}' }),
  newEntry(2, { parentId: idOf(1), idempotencyKey: `k'\u{e9}?`, fingerprint: 'one' }),
  newEntry(3, { idempotencyKey: `k'\u{e9}?`, fingerprint: 'one' }),
  newEntry(4, { idempotencyKey: `k'\u{e9}?`, fingerprint: 'two' }),
  newEntry(5, { parentId: idOf(9) }),
]

/** What becomes of {@link ENTRIES}. */
export const OUTCOMES: readonly unknown[] = [
  { outcome: 'added', id: idOf(1) },
  { outcome: 'added', id: idOf(2) },
  { outcome: 'existing', id: idOf(2) },
  { outcome: 'conflict', id: idOf(2) },
  { outcome: 'refused', id: idOf(5), refusal: 'parent_missing' },
]

/** Thrown to make a transaction roll back. */
export class RollBack extends Error {}
