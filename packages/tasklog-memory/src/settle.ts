import type { SettleAnswer, Settlement } from '@waybill/core'
import { held, startedAt } from './claim.ts'
import { finish } from './roll-up.ts'
import { holdFor, type Row, type Store } from './store.ts'

/** Ends or gives back one held task. */
export function settle(store: Store, settlement: Settlement, now: number): SettleAnswer {
  const row = held(store, settlement.id, settlement.token)
  if (row === undefined) {
    const current = store.rows.get(settlement.id)
    // The token outlives the claim, so a settlement whose reply was lost is recognised when it comes again.
    const repeated = current?.token === settlement.token
    return { id: settlement.id, accepted: repeated, status: current?.status ?? null }
  }
  row.report = settlement.report ?? row.report
  row.progress = settlement.progress ?? row.progress
  row.reason = settlement.reason
  if (settlement.startedAgoMs !== null && row.status === 'dequeued') {
    row.startedAt = startedAt(row, now, settlement.startedAgoMs)
  }
  if (settlement.to === 'retry' || settlement.to === 'release') {
    if (settlement.to === 'release') row.attempt -= 1
    requeue(store, row, settlement.delayMs, now)
  } else {
    finish(store, row, settlement.to, now)
  }
  return { id: row.id, accepted: true, status: row.status }
}

/** Puts a held row back into its queue; one that was asked to cancel ends instead. */
export function requeue(store: Store, row: Row, delayMs: number, now: number): void {
  if (row.cancelRequested) {
    row.reason = 'cancelled'
    finish(store, row, 'cancelled', now)
    return
  }
  store.leave(row, 'enqueued', now)
  row.worker = null
  row.dueAt = now + delayMs
  row.hold = holdFor(row, now)
  store.enqueued(row)
}
