import { Kysely, MysqlDialect } from 'kysely'
import { createPool } from 'mysql2'
import { expect, inject, onTestFinished, test } from 'vitest'
import { kyselyTransaction } from './kysely.ts'
import { ENTRIES, freshOrders, OUTCOMES, RollBack } from './orders.ts'

const uri = inject('mysqlUrl')

test('tasks are added inside a transaction of Kysely', async () => {
  const { log, table, count } = await freshOrders(uri)
  const db = new Kysely<Record<string, { item: string }>>({
    dialect: new MysqlDialect({ pool: createPool(uri) }),
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
