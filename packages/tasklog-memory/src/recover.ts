import type { RecoveredTask, RecoverRequest } from '@waybill/core'
import { finish } from './roll-up.ts'
import { requeue } from './settle.ts'
import type { Row, Store } from './store.ts'

/** Takes tasks from workers whose lease has run out. */
export function recover(store: Store, request: RecoverRequest, now: number): RecoveredTask[] {
  const recovered: RecoveredTask[] = []
  for (const worker of store.workers.values()) {
    if (worker.leaseUntil > now) continue
    for (const row of [...worker.held]) {
      if (recovered.length === request.limit) return recovered
      const delayMs = Math.min(request.maxDelayMs, request.baseDelayMs * (2 ** (countedAttempt(row) - 1) - 1))
      giveBack(store, row, Math.max(0, delayMs), now)
      const status = row.status as RecoveredTask['status']
      recovered.push({ id: row.id, queue: row.queue, worker: worker.worker, status, attempt: row.attempt })
    }
    store.workers.delete(worker.worker)
  }
  return recovered
}

/** Dequeued, but of an attempt whose start would have been written: it has not started. */
function surelyNotStarted(row: Row): boolean {
  return row.status === 'dequeued' && (row.attempt > 1 || row.attempt === row.maxAttempts)
}

function countedAttempt(row: Row): number {
  return surelyNotStarted(row) ? row.attempt - 1 : row.attempt
}

/** Ends a claim without its worker. */
export function giveBack(store: Store, row: Row, delayMs: number, now: number): void {
  row.attempt = countedAttempt(row)
  row.reason = 'worker_died'
  row.token = null
  if (row.attempt >= row.maxAttempts && !row.cancelRequested) finish(store, row, 'failed', now)
  else requeue(store, row, delayMs, now)
}
