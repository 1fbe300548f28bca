import { isEnded, type TaskLogRecord } from '@waybill/core'
import type { Evidence, Invariant, Violation } from '../evidence/evidence.ts'

/** I10: a parent has ended exactly when its own run and its children have, as they say, and takes no child afterwards. */
export const familiesEndTogether: Invariant = (evidence) => {
  const { records } = evidence.facts.remains
  const forced = forcedTasks(evidence)
  const children = Map.groupBy(records, ({ parentId }) => parentId)
  const parents = records.filter(({ id }) => children.has(id))
  return [
    ...parents.flatMap((parent) => {
      const isFree = parent.masterStatus || forced.has(parent.id)
      return isFree ? [] : unlikeItsChildren(parent, children.get(parent.id) ?? [])
    }),
    ...records
      .filter(({ id, status }) => status === 'child_running' && (children.get(id) ?? []).every(hasEnded))
      .map(({ id }) => `I10: ${id} waits for children that have all ended`),
    ...childrenOfTheEnded(evidence),
  ]
}

function unlikeItsChildren(parent: TaskLogRecord, children: readonly TaskLogRecord[]): readonly Violation[] {
  const { id, status, outcome, reason } = parent
  if (!isEnded(status)) return []
  const failed = children.some((child) => child.status === 'failed')
  const archived = children.some((child) => child.status === 'archived')
  return [
    ...(children.every(hasEnded) ? [] : [`I10: ${id} is ${status} and has a child that has not ended`]),
    ...(outcome === 'completed' && failed ? [`I10: ${id} completed though a child failed`] : []),
    ...(reason === 'child_failed' && !failed && !archived
      ? [`I10: ${id} failed because of a child, and none failed`]
      : []),
  ]
}

function childrenOfTheEnded(evidence: Evidence): readonly Violation[] {
  return evidence.answered('add').flatMap(({ input, answer, began }) =>
    input.flatMap(({ id, parentId }, index) => {
      if (parentId === null || answer[index]?.outcome !== 'added') return []
      const end = evidence.sightings
        .of(parentId)
        .find(({ status, ended }) => isEnded(status) && ended < began)
      const restarted = evidence.holdings.returnsOf(parentId).some(({ how }) => how === 'restart')
      return end === undefined || restarted
        ? []
        : [`I10: ${id} was added to ${parentId}, which was ${end.status}`]
    }),
  )
}

function hasEnded({ status }: TaskLogRecord): boolean {
  return isEnded(status)
}

function forcedTasks(evidence: Evidence): ReadonlySet<string> {
  return new Set(
    evidence
      .all('transition')
      .filter(({ input, outcome }) => outcome !== 'refused' && input.event.startsWith('force'))
      .flatMap(({ input }) => input.ids),
  )
}
