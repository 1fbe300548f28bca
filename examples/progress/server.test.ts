import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createDurableBroker } from '@waybill/broker-durable'
import { LongRunningWorker, Queue, QueueDispatcher } from '@waybill/core'
import { createSqliteTaskLog } from '@waybill/tasklog-sqlite'
import { expect, it, onTestFinished, vi } from 'vitest'
import { taskServer } from './server.ts'
import { exportItems } from './tasks.ts'

it('users see how far their exports are, cancel them, and see nothing of others', async () => {
  const log = createSqliteTaskLog({ file: ':memory:' })
  const queues = [new Queue('exports', createDurableBroker(log))]
  const waybill = new QueueDispatcher({ taskLog: log, queues, tasks: [exportItems] })
  await waybill.initialize()
  const worker = new LongRunningWorker(waybill, { beatMs: 50 })
  const ended = worker.run()
  const server = taskServer(waybill).listen(0)
  await once(server, 'listening')
  onTestFinished(async () => {
    server.close()
    worker.abort()
    await ended
    await log.close()
  })

  const { port } = server.address() as AddressInfo
  const call = async (user: string, path: string, method = 'GET') => {
    const headers = { 'x-user': user }
    return await fetch(`http://localhost:${port}${path}`, { method, headers })
  }
  const json = async (...request: Parameters<typeof call>) =>
    // biome-ignore lint/suspicious/noExplicitAny: what the server sends has no type here
    (await (await call(...request)).json()) as any

  expect(await (await call('ada', '/')).text()).toContain('<title>My exports</title>')
  const { id } = await json('ada', '/tasks', 'POST')
  await vi.waitUntil(async () => (await json('ada', `/tasks/${id}`)).progress?.done > 0, { timeout: 30_000 })
  expect(await json('ada', '/tasks')).toMatchObject([
    { taskLabel: 'Export 500 items', statusLabel: 'In Progress', progress: { total: 500 } },
  ])

  expect((await call('bob', `/tasks/${id}`)).status).toBe(404)
  expect((await call('bob', `/tasks/${id}`, 'DELETE')).status).toBe(404)
  expect(await json('bob', '/tasks')).toEqual([])

  expect(await json('ada', `/tasks/${id}`, 'DELETE')).toBe('requested')
  await vi.waitUntil(async () => (await json('ada', `/tasks/${id}`)).status === 'cancelled', {
    timeout: 30_000,
  })
})
