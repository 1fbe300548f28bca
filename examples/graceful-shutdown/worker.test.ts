import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { QueueDispatcher } from '@waybill/core'
import { expect, it, onTestFinished, vi } from 'vitest'
import { openWaybill, printBook } from './waybill.ts'

it('TERM lets the running task end and gives the others back', async () => {
  const { waybill, start } = await freshService()
  const running = await waybill.enqueue(printBook, { pages: 15 })
  const waiting = await waybill.enqueue(printBook, { pages: 1 })
  const worker = start()
  await untilPage(waybill, running.id, 1)
  worker.kill('SIGTERM')
  expect(await once(worker, 'exit')).toEqual([0, null])
  expect(await waybill.taskLog.getById(running.id)).toMatchObject({ status: 'completed' })
  expect(await waybill.taskLog.getById(waiting.id)).toMatchObject({ status: 'enqueued', attempt: 0 })
})

it('a second TERM aborts the running task, which the next worker goes on with where it stood', async () => {
  const { waybill, start } = await freshService()
  const { id } = await waybill.enqueue(printBook, { pages: 50 })
  const worker = start()
  await untilPage(waybill, id, 2)
  // Two signals at once may become one: it is told until it has gone.
  await vi.waitUntil(() => worker.exitCode !== null || !worker.kill('SIGTERM'), { timeout: 30_000 })
  const left = await waybill.taskLog.getById(id)
  expect(left).toMatchObject({ status: 'enqueued', reason: 'shutdown', attempt: 0 })
  start()
  await untilPage(waybill, id, Number(pageOf(left.progress)) + 1)
})

async function freshService(): Promise<{ waybill: QueueDispatcher; start(): ChildProcess }> {
  const file = join(mkdtempSync(join(tmpdir(), 'waybill-service-')), 'waybill.db')
  const { log, waybill } = openWaybill(file)
  await waybill.initialize()
  onTestFinished(() => log.close())
  return {
    waybill,
    start() {
      const env = { ...process.env, WAYBILL_FILE: file }
      const worker = fork(join(import.meta.dirname, 'worker.ts'), { env, silent: true })
      onTestFinished(() => void worker.kill('SIGKILL'))
      return worker
    },
  }
}

async function untilPage(waybill: QueueDispatcher, id: string, page: number): Promise<void> {
  const reached = async () => pageOf((await waybill.taskLog.getById(id)).progress) >= page
  await vi.waitUntil(reached, { timeout: 30_000, interval: 20 })
}

function pageOf(progress: unknown): number {
  return Number((progress as { checkpoint?: number } | null)?.checkpoint ?? 0)
}
