import type { TaskLogEntity } from '@waybill/core'
import { hideMembers } from './hide-members.ts'

/** An entry as `--json`, `--ndjson` and exports show it: instants in ISO 8601, null for what is not there. */
export type TaskJson = Readonly<Record<string, unknown>>

/** The members of {@link TaskJson} that every command shows, in order. */
export const SUMMARY_MEMBERS = [
  'id',
  'taskName',
  'label',
  'status',
  'outcome',
  'reason',
  'queue',
  'owner',
  'category',
  'parentId',
  'masterStatus',
  'hasChildren',
  'attempt',
  'maxAttempts',
  'priority',
  'hold',
  'worker',
  'cancelRequested',
  'idempotencyKey',
  'limitKey',
  'createdAt',
  'updatedAt',
  'dueAt',
  'claimedAt',
  'startedAt',
  'finishedAt',
  'progress',
] as const

/** The members that may be large, and may hold what is nobody else's business. */
export const PAYLOAD_MEMBERS = ['parameters', 'metadata', 'report'] as const

/** One of the members. */
export type TaskMember = (typeof SUMMARY_MEMBERS)[number] | (typeof PAYLOAD_MEMBERS)[number]

/**
 * Some members of an entry as plain data.
 * @param hidden names of members whose values are not shown; the usual ones when it is undefined
 */
export function taskJson(
  entity: TaskLogEntity,
  members: readonly TaskMember[],
  hidden: readonly string[] | undefined,
): TaskJson {
  return Object.fromEntries(members.map((member) => [member, memberOf(entity, member, hidden)]))
}

function memberOf(entity: TaskLogEntity, member: TaskMember, hidden: readonly string[] | undefined): unknown {
  switch (member) {
    case 'createdAt':
    case 'updatedAt':
    case 'dueAt':
    case 'claimedAt':
    case 'startedAt':
    case 'finishedAt':
      return isoOf(entity.record[member])
    case 'progress':
      return entity.progress ?? null
    case 'report':
      return hideMembers(entity.report?.toJSON() ?? null, hidden)
    case 'parameters':
      return hideMembers(entity.parameters ?? null, hidden)
    case 'metadata':
      return hideMembers(entity.metadata ?? null, hidden)
    default:
      return entity.record[member] ?? null
  }
}

function isoOf(ms: number | null | undefined): string | null {
  return ms === null || ms === undefined ? null : new Date(ms).toISOString()
}
