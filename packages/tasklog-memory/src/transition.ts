import { HELD_STATUSES, isEnded, type TransitionChange } from '@waybill/core'
import { finish, rollUp } from './roll-up.ts'
import { holdFor, type Row, type Store } from './store.ts'

/** Moves entries on somebody's word; answers those that moved. */
export function transition(store: Store, change: TransitionChange, now: number): string[] {
  const moved: string[] = []
  for (const id of new Set(change.ids)) {
    const row = store.rows.get(id)
    if (row === undefined || !change.from.includes(row.status)) continue
    if (change.event === 'restart' && !restart(store, row, now)) continue
    row.reason = change.reason ?? row.reason
    row.report = change.report ?? row.report
    row.updatedAt = now
    if (change.event === 'cancel') cancel(store, row, now)
    if (change.event === 'archive') row.status = 'archived'
    if (change.event === 'force_cancel' || change.event === 'force_archive')
      force(store, row, change.event, now)
    moved.push(id)
  }
  return moved
}

function cancel(store: Store, row: Row, now: number): void {
  cancelDescendants(store, row, now)
  finish(store, row, 'cancelled', now)
}

function force(store: Store, row: Row, event: 'force_cancel' | 'force_archive', now: number): void {
  row.token = null
  store.end(row, 'cancelled', now)
  if (event === 'force_archive') row.status = 'archived'
  cancelDescendants(store, row, now)
  rollUp(store, row, now)
}

function cancelDescendants(store: Store, row: Row, now: number): void {
  for (const child of store.openChildren(row.id)) {
    cancelDescendants(store, child, now)
    if (child.status === 'enqueued') {
      child.reason = 'parent_cancelled'
      finish(store, child, 'cancelled', now)
    } else {
      child.cancelRequested = true
      child.updatedAt = now
    }
  }
}

function restart(store: Store, row: Row, now: number): boolean {
  const parent = row.parentId === null ? undefined : store.rows.get(row.parentId)
  if (parent !== undefined && isEnded(parent.status)) return false
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
  return true
}

/** Asks holders to stop, and parents to end as cancelled. */
export function requestCancel(store: Store, ids: readonly string[], now: number): string[] {
  return ids.filter((id) => {
    const row = store.rows.get(id)
    if (row === undefined || !(HELD_STATUSES.includes(row.status) || row.status === 'child_running'))
      return false
    if (!row.cancelRequested) {
      row.cancelRequested = true
      row.updatedAt = now
      cancelDescendants(store, row, now)
      rollUp(store, row, now)
    }
    return true
  })
}

/** Deletes ended entries nobody names as a parent. */
export function remove(store: Store, ids: readonly string[]): string[] {
  return ids.filter((id) => {
    const row = store.rows.get(id)
    if (row === undefined || !isEnded(row.status) || (store.children.get(id)?.size ?? 0) > 0) return false
    store.remove(row)
    return true
  })
}
