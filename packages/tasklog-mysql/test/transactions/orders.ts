import type { NewTaskLogRecord } from '@waybill/core'
import { onTestFinished } from 'vitest'
import { createMysqlTaskLog, type MysqlTaskLog } from '../../src/index.ts'
import { idOf, newEntry } from '../both-logs.ts'
import { dropTables, freshPrefix, run } from '../fresh-prefix.ts'

/** An application's table, and a task log beside it. */
export interface Orders {
  readonly log: MysqlTaskLog
  readonly table: string
  /** How many orders and tasks are there. */
  count(): Promise<{ readonly orders: number; readonly tasks: number }>
}

const EVERYTHING = { kind: 'and', nodes: [] } as const

/** Both, empty. */
export async function freshOrders(uri: string): Promise<Orders> {
  const prefix = freshPrefix()
  const table = `${prefix}orders`
  const log = createMysqlTaskLog({ uri }, { prefix })
  onTestFinished(async () => {
    await log.close()
    await run(uri, `DROP TABLE IF EXISTS ${table}`)
    await dropTables(uri, prefix)
  })
  await log.createContainer()
  await run(uri, `CREATE TABLE ${table} (id BIGINT AUTO_INCREMENT PRIMARY KEY, item VARCHAR(50))`)
  return {
    log,
    table,
    async count() {
      const rows = await run(uri, `SELECT COUNT(*) AS orders FROM ${table}`)
      return { orders: Number(rows[0]?.['orders']), tasks: await log.count(EVERYTHING) }
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
