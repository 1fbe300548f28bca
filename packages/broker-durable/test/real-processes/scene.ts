import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createDurableBroker, type DurableBroker } from '@waybill/broker-durable'
import { type ClaimableTaskLogBroker, Queue, QueueDispatcher } from '@waybill/core'
import { expect, onTestFinished } from 'vitest'
import { freshLog } from '../fresh-log.ts'
import type { LogAddress } from '../open-log.ts'
import { Ledger } from './ledger.ts'
import { TASKS } from './tasks.ts'
import { WorkerProcess, type WorkerSetting } from './worker-process.ts'

/** A log, this process as the one that enqueues, and worker processes that write a ledger. */
export interface Scene {
  readonly log: ClaimableTaskLogBroker
  readonly broker: DurableBroker
  readonly dispatcher: QueueDispatcher
  readonly ledger: Ledger
  /** Every worker there ever was. */
  readonly workers: readonly WorkerProcess[]
  /** Starts a worker, with the default settings where none are given. */
  start(options?: WorkerSetting['options']): WorkerProcess
  /** Resolves when all that live take tasks; answers them. */
  standing(): Promise<readonly WorkerProcess[]>
  /** Lets those that live finish what they run; each must leave in peace. */
  dismiss(): Promise<void>
}

/** Sets a scene that is cleared away after the test. A test that runs beside others hands in its own `finished`. */
export async function setScene(
  database: LogAddress['database'],
  {
    queues = ['work'],
    finished = onTestFinished,
  }: { queues?: readonly string[]; finished?: typeof onTestFinished } = {},
): Promise<Scene> {
  const { log, address, folder } = await freshLog(database, finished)
  const file = join(folder, 'ledger.jsonl')
  const ledger = new Ledger(file)
  const workers: WorkerProcess[] = []
  finished(async () => {
    await Promise.all(workers.map((worker) => worker.kill()))
    ledger.close()
  })
  const broker = createDurableBroker(log)
  const dispatcher = new QueueDispatcher({
    taskLog: log,
    queues: queues.map((queue) => new Queue(queue, broker)),
    tasks: TASKS,
  })
  await dispatcher.initialize()
  const standing = (): Promise<readonly WorkerProcess[]> =>
    seen(() => {
      const ready = new Set(ledger.of('ready').map(({ worker }) => worker))
      const living = workers.filter(({ hasEnded }) => !hasEnded)
      return living.every(({ name }) => ready.has(name)) ? living : null
    })
  return {
    log,
    broker,
    dispatcher,
    ledger,
    workers,
    start(options = {}) {
      const name = `worker-${workers.length + 1}`
      const worker = new WorkerProcess({ name, address, ledger: file, queues, options })
      workers.push(worker)
      return worker
    },
    standing,
    async dismiss() {
      const living = await standing()
      for (const worker of living) worker.signal('SIGTERM')
      const endings = await Promise.all(living.map(({ ended }) => ended))
      expect(endings).toEqual(living.map(() => ({ code: 0, signal: null })))
    },
  }
}

/** Waits for something, which it answers; looks again and again. */
export async function seen<Thing>(look: () => Thing | Promise<Thing>): Promise<NonNullable<Thing>> {
  for (;;) {
    const thing = await look()
    if (thing != null && thing !== false) return thing
    await sleep(10)
  }
}
