import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { isPulsable, type WorkerState } from '@waybill/core'
import Database from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFile } from '../test/temporary-file.ts'
import { createSqliteTaskLog, type SqliteTaskLog } from './index.ts'
import { beat, type PulseOptions } from './pulse.ts'

async function openLog(): Promise<SqliteTaskLog> {
  const log = createSqliteTaskLog({ file: temporaryFile() })
  onTestFinished(() => log.close())
  await log.createContainer()
  return log
}

async function leaseOf(log: SqliteTaskLog): Promise<WorkerState | undefined> {
  return (await log.workerStates())[0]
}

test('a pulse renews a lease that runs, from a thread that knows only the module and its options', async () => {
  const log = await openLog()
  expect(isPulsable(log)).toBe(true)
  await log.heartbeat({ worker: 'w', leaseMs: 5_000, info: null, open: [] })
  const before = await leaseOf(log)
  const thread = new Worker(new URL('../test/pulse-thread.ts', import.meta.url), {
    workerData: { pulse: log.pulse, worker: 'w', leaseMs: 90_000 },
  })
  await once(thread, 'exit')
  const after = await leaseOf(log)
  expect((after?.leaseUntil ?? 0) - (after?.beatAt ?? 0)).toBe(90_000)
  expect(after?.beatAt).toBeGreaterThanOrEqual(before?.beatAt ?? Number.NaN)
})

test('a pulse never revives a lease that has run out, and makes none', async () => {
  const log = await openLog()
  const pulse = await beat(log.pulse?.options as PulseOptions)
  await pulse.renew('nobody', 90_000)
  expect(await log.workerStates()).toEqual([])
  await log.heartbeat({ worker: 'w', leaseMs: 1, info: null, open: [] })
  const { leaseUntil } = (await leaseOf(log)) as WorkerState
  while ((await log.now()) < leaseUntil) await setTimeout(1)
  await pulse.renew('w', 90_000)
  expect(await leaseOf(log)).toMatchObject({ leaseUntil, alive: false })
  await pulse.close()
})

test('the pulse of a database that was handed in goes to its file', async () => {
  const file = temporaryFile()
  const database = new Database(file)
  const log = createSqliteTaskLog({ database }, { prefix: 'mine_' })
  expect(log.pulse?.options).toMatchObject({ file, prefix: 'mine_' })
  expect(structuredClone(log.pulse)).toEqual(log.pulse)
  database.close()
})
