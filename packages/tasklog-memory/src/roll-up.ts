import { type EndStatus, isEnded, rollUpStatus } from '@waybill/core'
import type { Row, Store } from './store.ts'

/** Ends an entry; one that has children waits for them first. */
export function finish(store: Store, row: Row, outcome: EndStatus, now: number): void {
  endOrWait(store, row, outcome, now)
  rollUp(store, row, now)
}

/** Ends an entry, or lets it wait for its children, without a look at what follows from it. */
export function endOrWait(store: Store, row: Row, outcome: EndStatus, now: number): void {
  if (row.hasChildren && !row.masterStatus) {
    store.leave(row, 'child_running', now)
    row.outcome = outcome
  } else {
    store.end(row, outcome, now)
  }
}

/** Ends what can end once a row has moved: itself, if it waited for children, and its parents upwards. */
export function rollUp(store: Store, moved: Row, now: number): void {
  let row: Row | undefined = moved
  while (row !== undefined) {
    if (row.status === 'child_running' && row.outcome !== null && store.openChildren(row.id).length === 0) {
      const children = [...(store.children.get(row.id) ?? [])]
      const { outcome, cancelRequested } = row
      const childFailed = children.some((child) => child.status === 'failed')
      const status = rollUpStatus({ outcome, cancelRequested, childFailed })
      store.end(row, status, now)
      if (outcome === 'completed') row.reason = ROLL_UP_REASONS[status]
    }
    row = isEnded(row.status) && row.parentId !== null ? store.rows.get(row.parentId) : undefined
  }
}

const ROLL_UP_REASONS = { completed: null, failed: 'child_failed', cancelled: 'cancelled' } as const
