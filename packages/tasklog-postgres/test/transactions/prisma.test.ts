import { PrismaPg } from '@prisma/adapter-pg'
import { expect, inject, onTestFinished, test } from 'vitest'
import { ENTRIES, freshOrders, OUTCOMES, RollBack } from './orders.ts'
import { prismaTransaction } from './prisma.ts'
import { newPrismaClient } from './prisma-client.ts'

const connectionString = inject('postgresUrl')

test('tasks are added inside a transaction of Prisma', async () => {
  const { log, table, count } = await freshOrders(connectionString)
  const prisma = newPrismaClient(new PrismaPg({ connectionString }))
  onTestFinished(() => prisma.$disconnect())
  const place = async (fails: boolean): Promise<void> =>
    prisma.$transaction(async (tx) => {
      await tx.$executeRawUnsafe(`INSERT INTO ${table} (item) VALUES ($1)`, 'book')
      expect(await log.add(ENTRIES, { transaction: prismaTransaction(tx) })).toEqual(OUTCOMES)
      if (fails) throw new RollBack()
    })
  await expect(place(true)).rejects.toThrow(RollBack)
  expect(await count()).toEqual({ orders: 0, tasks: 0 })
  await place(false)
  expect(await count()).toEqual({ orders: 1, tasks: 2 })
})
