import { isEnded, type TaskLogRecord } from '@waybill/core'
import type { History } from './history.ts'

/** I10: a parent has ended exactly when its own run and its children have, unless it was forced or is its own master. */
export function brokenFamilies(history: History, records: readonly TaskLogRecord[]): readonly string[] {
  const forced = new Set(
    history
      .of('transition')
      .flatMap(({ input, answer }) => (input[0].event.startsWith('force') ? answer : [])),
  )
  const children = Map.groupBy(records, ({ parentId }) => parentId)
  return records.flatMap(({ id, status, masterStatus }) => {
    const isWaiting = (children.get(id) ?? []).some((child) => !isEnded(child.status))
    if (status === 'child_running' && !isWaiting) return [`I10: ${id} waits for children that have all ended`]
    if (isEnded(status) && isWaiting && !masterStatus && !forced.has(id)) {
      return [`I10: ${id} is ${status} and has a child that has not ended`]
    }
    return []
  })
}
