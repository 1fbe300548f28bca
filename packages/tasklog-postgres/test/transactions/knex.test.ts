import knex from 'knex'
import { expect, inject, onTestFinished, test } from 'vitest'
import { knexTransaction } from './knex.ts'
import { ENTRIES, freshOrders, OUTCOMES, RollBack } from './orders.ts'

const connectionString = inject('postgresUrl')

test('tasks are added inside a transaction of Knex', async () => {
  const { log, table, count } = await freshOrders(connectionString)
  const db = knex({ client: 'pg', connection: connectionString })
  onTestFinished(() => db.destroy())
  const place = async (fails: boolean): Promise<void> =>
    db.transaction(async (trx) => {
      await trx(table).insert({ item: 'book' })
      expect(await log.add(ENTRIES, { transaction: knexTransaction(trx) })).toEqual(OUTCOMES)
      if (fails) throw new RollBack()
    })
  await expect(place(true)).rejects.toThrow(RollBack)
  expect(await count()).toEqual({ orders: 0, tasks: 0 })
  await place(false)
  expect(await count()).toEqual({ orders: 1, tasks: 2 })
  expect(await log.find([ENTRIES[0]?.id as string])).toMatchObject([{ label: ENTRIES[0]?.label }])
})
