import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { defineTask, Report } from '@waybill/core'
import { createMemoryTaskLog } from '@waybill/tasklog-memory'
import { expect, onTestFinished, test } from 'vitest'
import { drain, fixture } from './fixture.ts'

test('no task starts before the thread that vouches for its worker is there', async () => {
  const loaded = new Int32Array(new SharedArrayBuffer(4))
  const found: number[] = []
  const task = defineTask({ name: 'first', run: () => void found.push(Atomics.load(loaded, 0)) })
  const pulse = { module: import.meta.resolve('./slow-pulse.ts'), options: loaded }
  const { dispatcher } = fixture([task], { log: Object.assign(createMemoryTaskLog(), { pulse }) })
  await dispatcher.enqueue(task, undefined)
  await drain(dispatcher)
  expect(found).toEqual([1])
})

test('a worker whose thread cannot be started works without it, and says so', async () => {
  const told: unknown[] = []
  const listener = (message: unknown): void => void told.push(message)
  subscribe('waybill:worker:fault', listener)
  onTestFinished(() => void unsubscribe('waybill:worker:fault', listener))
  const task = defineTask({ name: 'first', run: () => Report.success('ran') })
  const pulse = { module: import.meta.resolve('./no-such-pulse.ts'), options: null }
  const { dispatcher } = fixture([task], { log: Object.assign(createMemoryTaskLog(), { pulse }) })
  await dispatcher.enqueue(task, undefined)
  expect(await drain(dispatcher)).toMatchObject({ tasks: 1 })
  expect(told).toEqual([expect.objectContaining({ during: 'pulse' })])
})
