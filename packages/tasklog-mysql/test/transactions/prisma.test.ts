import { PrismaMariaDb } from '@prisma/adapter-mariadb'
import { expect, inject, onTestFinished, test } from 'vitest'
import { ENTRIES, freshOrders, OUTCOMES, RollBack } from './orders.ts'
import { prismaTransaction } from './prisma.ts'
import { newPrismaClient } from './prisma-client.ts'

const uri = inject('mysqlUrl')

test('tasks are added inside a transaction of Prisma', async () => {
  const { log, table, count } = await freshOrders(uri)
  const prisma = newPrismaClient(new PrismaMariaDb(uri.replace('mysql:', 'mariadb:')))
  onTestFinished(() => prisma.$disconnect())
  const place = async (fails: boolean): Promise<void> =>
    prisma.$transaction(async (tx) => {
      await tx.$executeRawUnsafe(`INSERT INTO ${table} (item) VALUES (?)`, 'book')
      expect(await log.add(ENTRIES, { transaction: prismaTransaction(tx) })).toEqual(OUTCOMES)
      if (fails) throw new RollBack()
    })
  await expect(place(true)).rejects.toThrow(RollBack)
  expect(await count()).toEqual({ orders: 0, tasks: 0 })
  await place(false)
  expect(await count()).toEqual({ orders: 1, tasks: 2 })
})
