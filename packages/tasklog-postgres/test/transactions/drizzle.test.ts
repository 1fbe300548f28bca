import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { expect, inject, onTestFinished, test } from 'vitest'
import { drizzleTransaction } from './drizzle.ts'
import { ENTRIES, freshOrders, OUTCOMES, RollBack } from './orders.ts'

const connectionString = inject('postgresUrl')

test('tasks are added inside a transaction of Drizzle', async () => {
  const { log, table, count } = await freshOrders(connectionString)
  const pool = new pg.Pool({ connectionString })
  onTestFinished(() => pool.end())
  const db = drizzle({ client: pool })
  const place = async (fails: boolean): Promise<void> =>
    db.transaction(async (tx) => {
      await tx.execute(sql`INSERT INTO ${sql.identifier(table)} (item) VALUES (${'book'})`)
      expect(await log.add(ENTRIES, { transaction: drizzleTransaction(tx) })).toEqual(OUTCOMES)
      if (fails) throw new RollBack()
    })
  await expect(place(true)).rejects.toThrow(RollBack)
  expect(await count()).toEqual({ orders: 0, tasks: 0 })
  await place(false)
  expect(await count()).toEqual({ orders: 1, tasks: 2 })
})
