import { DataSource } from 'typeorm'
import { expect, inject, onTestFinished, test } from 'vitest'
import { ENTRIES, freshOrders, OUTCOMES, RollBack } from './orders.ts'
import { typeormTransaction } from './typeorm.ts'

const connectionString = inject('postgresUrl')

test('tasks are added inside a transaction of TypeORM', async () => {
  const { log, table, count } = await freshOrders(connectionString)
  const source = await new DataSource({ type: 'postgres', url: connectionString }).initialize()
  onTestFinished(() => source.destroy())
  const place = async (fails: boolean): Promise<void> =>
    source.transaction(async (manager) => {
      await manager.query(`INSERT INTO ${table} (item) VALUES ($1)`, ['book'])
      expect(await log.add(ENTRIES, { transaction: typeormTransaction(manager) })).toEqual(OUTCOMES)
      if (fails) throw new RollBack()
    })
  await expect(place(true)).rejects.toThrow(RollBack)
  expect(await count()).toEqual({ orders: 0, tasks: 0 })
  await place(false)
  expect(await count()).toEqual({ orders: 1, tasks: 2 })
})
