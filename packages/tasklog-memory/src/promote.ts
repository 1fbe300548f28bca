import type { PromoteAnswer } from '@waybill/core'
import type { Row, Store } from './store.ts'

/** Makes entries ready whose time has come or whose limit key has a free slot. */
export function promote(store: Store, limit: number, now: number): PromoteAnswer {
  const order = (left: Row, right: Row): number => left.dueAt - right.dueAt || left.seq - right.seq
  const waiting = [...store.waiting].sort(order)
  const active = activeByKey(store, waiting)
  let promoted = 0
  let nextDueMs: number | null = null
  for (const row of waiting) {
    if (row.dueAt > now || (promoted === limit && row.hold === 'due')) {
      nextDueMs = Math.max(0, row.dueAt - now)
      break
    }
    if (promoted === limit) continue
    if (row.limitKey !== null) {
      const taken = active.get(row.limitKey) ?? 0
      if (taken >= (row.limitMax ?? Number.POSITIVE_INFINITY)) {
        if (row.hold === 'due') row.hold = 'limit'
        continue
      }
      active.set(row.limitKey, taken + 1)
    }
    row.hold = null
    row.updatedAt = now
    store.enqueued(row)
    promoted += 1
  }
  return { promoted, nextDueMs }
}

function activeByKey(store: Store, waiting: readonly Row[]): Map<string, number> {
  const active = new Map<string, number>()
  if (waiting.every((row) => row.limitKey === null)) return active
  for (const { limitKey, status, hold } of store.rows.values()) {
    if (limitKey === null) continue
    const isReady = status === 'enqueued' && hold === null
    if (isReady || status === 'dequeued' || status === 'running')
      active.set(limitKey, (active.get(limitKey) ?? 0) + 1)
  }
  return active
}
