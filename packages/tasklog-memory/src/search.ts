import {
  type FilterExpression,
  type FoundRecord,
  type SearchPosition,
  type StatusCounts,
  TASK_STATUSES,
  type TaskLogRecord,
  type TaskLogSearch,
  type TaskStatus,
} from '@waybill/core'
import { compareText, matches } from './matches.ts'
import type { Row, Store } from './store.ts'

/** One page of entries. */
export function search(store: Store, request: TaskLogSearch): FoundRecord[] {
  const sign = request.direction === 'ascending' ? 1 : -1
  const order = (left: SearchPosition, right: SearchPosition): number =>
    sign * (compareValues(left.value, right.value) || compareText(left.id, right.id))
  const position = (row: Row): SearchPosition => ({ value: row[request.sort], id: row.id })
  const found = [...store.rows.values()].filter((row) => matches(row, request.where))
  const after = request.after
  const following = after === null ? found : found.filter((row) => order(position(row), after) > 0)
  following.sort((left, right) => order(position(left), position(right)))
  return following
    .slice(request.offset, request.offset + request.limit)
    .map((row) =>
      Object.assign(toRecord(row), Object.fromEntries(request.omit.map((column) => [column, undefined]))),
    )
}

function compareValues(left: string | number, right: string | number): number {
  return typeof left === 'number' ? left - (right as number) : compareText(left, right as string)
}

/** What the contract shows of a row. */
export function toRecord(row: Row): TaskLogRecord {
  const { seq: _seq, fingerprint: _fingerprint, token: _token, listed: _listed, ...record } = row
  return record
}

/** How many entries match, by status. */
export function stats(store: Store, where: FilterExpression): StatusCounts {
  const counts = Object.fromEntries(TASK_STATUSES.map((status) => [status, 0])) as Record<TaskStatus, number>
  for (const row of store.rows.values()) if (matches(row, where)) counts[row.status] += 1
  return counts
}
