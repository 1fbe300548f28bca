import type { HeartbeatAnswer, WorkerBeat, WorkerState } from '@waybill/core'
import { held, run } from './claim.ts'
import { giveBack } from './recover.ts'
import type { Store } from './store.ts'

/** Renews a worker's lease and writes down what is running. */
export function heartbeat(store: Store, beat: WorkerBeat, now: number): HeartbeatAnswer {
  const worker = store.worker(beat.worker, now)
  const expired = worker.leaseUntil <= now
  worker.beatAt = now
  worker.leaseUntil = now + beat.leaseMs
  worker.info = beat.info ?? worker.info
  const lost: string[] = []
  for (const task of beat.open) {
    const row = held(store, task.id, task.token)
    if (row === undefined) {
      lost.push(task.id)
      continue
    }
    run(row, now, task.startedAgoMs)
    if (task.progress !== null || task.report !== null) {
      row.progress = task.progress ?? row.progress
      row.report = task.report ?? row.report
      row.updatedAt = now
    }
  }
  const cancelRequested = [...worker.held].filter((row) => row.cancelRequested).map((row) => row.id)
  return { expired, cancelRequested, lost }
}

/** Forgets a worker. */
export function retire(store: Store, id: string, now: number): void {
  const worker = store.workers.get(id)
  if (worker === undefined) return
  for (const row of [...worker.held]) giveBack(store, row, 0, now)
  store.workers.delete(id)
}

/** The workers the log knows. */
export function workerStates(store: Store, now: number): WorkerState[] {
  return [...store.workers.values()].map(({ worker, info, startedAt, beatAt, leaseUntil, held: rows }) => ({
    worker,
    info,
    startedAt,
    beatAt,
    leaseUntil,
    alive: leaseUntil > now,
    held: rows.size,
  }))
}
