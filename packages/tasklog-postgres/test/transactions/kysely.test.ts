import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { expect, inject, onTestFinished, test } from 'vitest'
import { kyselyTransaction } from './kysely.ts'
import { ENTRIES, freshOrders, OUTCOMES, RollBack } from './orders.ts'

const connectionString = inject('postgresUrl')

test('tasks are added inside a transaction of Kysely', async () => {
  const { log, table, count } = await freshOrders(connectionString)
  const db = new Kysely<Record<string, { item: string }>>({
    dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString }) }),
  })
  onTestFinished(() => db.destroy())
  const place = async (fails: boolean): Promise<void> =>
    db.transaction().execute(async (trx) => {
      await trx.insertInto(table).values({ item: 'book' }).execute()
      const transaction = kyselyTransaction(trx)
      expect(await log.add(ENTRIES, { transaction })).toEqual(OUTCOMES)
      if (fails) throw new RollBack()
    })
  await expect(place(true)).rejects.toThrow(RollBack)
  expect(await count()).toEqual({ orders: 0, tasks: 0 })
  await place(false)
  expect(await count()).toEqual({ orders: 1, tasks: 2 })
})
