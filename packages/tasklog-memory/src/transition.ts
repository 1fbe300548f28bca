import { HELD_STATUSES, isEnded, type TransitionChange } from '@waybill/core'
import { endOrWait, rollUp } from './roll-up.ts'
import { holdFor, type Row, type Store } from './store.ts'

/** Moves entries on somebody's word; answers those that moved. What follows from it comes after all have moved. */
export function transition(store: Store, change: TransitionChange, now: number): string[] {
  const rows = rowsOf(store, change.ids).filter(
    (row) => change.from.includes(row.status) && (change.event !== 'restart' || isWanted(store, row)),
  )
  for (const row of rows) {
    if (change.event === 'cancel') endOrWait(store, row, 'cancelled', now)
    if (change.event === 'archive') row.status = 'archived'
    if (change.event === 'force_cancel' || change.event === 'force_archive')
      force(store, row, change.event, now)
    if (change.event === 'restart') restart(store, row, now)
    row.reason = change.reason ?? row.reason
    row.report = change.report ?? row.report
    row.updatedAt = now
  }
  if (change.event !== 'archive' && change.event !== 'restart') cancelBelow(store, rows, now)
  return rows.map((row) => row.id)
}

function rowsOf(store: Store, ids: readonly string[]): Row[] {
  return [...new Set(ids)].flatMap((id) => store.rows.get(id) ?? [])
}

function force(store: Store, row: Row, event: 'force_cancel' | 'force_archive', now: number): void {
  row.token = null
  store.end(row, 'cancelled', now)
  if (event === 'force_archive') row.status = 'archived'
}

/** Cancels what waits below entries, asks what is held or waits for children to stop, and ends what can end then. */
function cancelBelow(store: Store, tops: readonly Row[], now: number): void {
  const below = new Set(tops.flatMap((row) => store.openChildren(row.id)))
  for (const row of below) for (const child of store.openChildren(row.id)) below.add(child)
  for (const row of below) if (row.status !== 'enqueued') askToCancel(row, now)
  for (const row of below) {
    if (row.status !== 'enqueued') continue
    row.reason = 'parent_cancelled'
    endOrWait(store, row, 'cancelled', now)
  }
  for (const row of [...below, ...tops]) rollUp(store, row, now)
}

function askToCancel(row: Row, now: number): void {
  if (row.cancelRequested) return
  row.cancelRequested = true
  row.updatedAt = now
}

/** A parent that has ended does not wait for a child that would run again. */
function isWanted(store: Store, row: Row): boolean {
  const parent = row.parentId === null ? undefined : store.rows.get(row.parentId)
  return parent === undefined || !isEnded(parent.status)
}

function restart(store: Store, row: Row, now: number): void {
  store.leave(row, 'enqueued', now)
  row.attempt = 0
  row.cancelRequested = false
  row.claimedAt = null
  row.dueAt = now
  row.finishedAt = null
  row.outcome = null
  row.progress = null
  row.report = null
  row.startedAt = null
  row.token = null
  row.worker = null
  row.hold = holdFor(row, now)
  store.enqueued(row)
}

/** Asks holders to stop, and parents to end as cancelled. */
export function requestCancel(store: Store, ids: readonly string[], now: number): string[] {
  const rows = rowsOf(store, ids).filter(
    (row) => HELD_STATUSES.includes(row.status) || row.status === 'child_running',
  )
  const asked = rows.filter((row) => !row.cancelRequested)
  for (const row of asked) askToCancel(row, now)
  cancelBelow(store, asked, now)
  return rows.map((row) => row.id)
}

/** Deletes ended entries nobody names as a parent; children that are deleted by the same call name none. */
export function remove(store: Store, ids: readonly string[]): string[] {
  const ended = rowsOf(store, ids).filter((row) => isEnded(row.status))
  const leaves = ended.filter((row) => (store.children.get(row.id)?.size ?? 0) === 0)
  for (const row of leaves) store.remove(row)
  const gone = leaves.map((row) => row.id)
  return leaves.length === 0 ? gone : [...gone, ...remove(store, ids)]
}
