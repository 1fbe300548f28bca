import { isEnded, type TaskStatus, TRANSITIONS } from '../task/status.ts'
import { checkOneOf } from '../validation/one-of.ts'
import { isClaimable } from './claimable-task-log-broker.ts'
import type { TaskLogBroker, TransitionChange } from './task-log-broker.ts'
import { type FoundRecord, TASK_REASONS, type TaskReason } from './task-log-record.ts'

/** What an administrator, or an owner, may do to entries. */
export type AdminAction = 'archive' | 'cancel' | 'restart' | 'delete'

/**
 * Why an entry was left alone. `missing`: there is none. `done_already`: it is as it was to become. `in_progress`: it
 * has not ended. `ended`: too late to cancel. `not_failed`: only failed and cancelled ones are restarted.
 * `parent_ended`: a child of an ended parent is not restarted. `has_children`: delete the children first.
 * `changed`: somebody else moved it at the same time; try again.
 */
export type SkipReason =
  | 'missing'
  | 'done_already'
  | 'in_progress'
  | 'ended'
  | 'not_failed'
  | 'parent_ended'
  | 'has_children'
  | 'changed'

/** An entry that was left alone. */
export interface SkippedTask {
  readonly id: string
  readonly reason: SkipReason
}

/** How entries are moved. */
export interface AdminOptions {
  /** Archive and cancel also what is in progress; whoever holds it is fenced off. */
  readonly force?: boolean
  /** Why, for programs. */
  readonly reason?: TaskReason | null
}

/** What became of some entries. */
export interface AdminOutcome {
  /** Moved, or deleted. */
  readonly done: readonly string[]
  /** Held by a worker, or waiting for children: asked to stop. */
  readonly requested: readonly string[]
  readonly skipped: readonly SkippedTask[]
}

/** Does one thing to entries that were just read. Every move is a compare-and-set: what changed in between is skipped. */
export async function administer(
  broker: TaskLogBroker,
  action: AdminAction,
  records: readonly FoundRecord[],
  options: AdminOptions = {},
): Promise<AdminOutcome> {
  const done = new Set(await ACTIONS[action](broker, records, options))
  const rest = records.filter(({ id }) => !done.has(id))
  const requested = new Set(action === 'cancel' ? await requestCancel(broker, rest) : [])
  const skipped = rest
    .filter(({ id }) => !requested.has(id))
    .map((record) => ({ id: record.id, reason: skipReason(action, record, isClaimable(broker)) }))
  return { done: [...done], requested: [...requested], skipped }
}

type Act = (
  broker: TaskLogBroker,
  records: readonly FoundRecord[],
  options: AdminOptions,
) => Promise<readonly string[]>

const ACTIONS: Readonly<Record<AdminAction, Act>> = {
  archive: (broker, records, options) => move(broker, 'archive', 'force_archive', records, options),
  cancel: (broker, records, options) => move(broker, 'cancel', 'force_cancel', records, options),
  restart: (broker, records, options) => move(broker, 'restart', null, records, options),
  delete: deleteEnded,
}

type Event = TransitionChange['event']

async function move(
  broker: TaskLogBroker,
  event: Event,
  forced: Event | null,
  records: readonly FoundRecord[],
  { force = false, reason = null }: AdminOptions,
): Promise<readonly string[]> {
  if (reason !== null) checkOneOf(reason, 'reason', TASK_REASONS)
  const moved = await transition(broker, event, records, reason ?? REASONS[event] ?? null)
  if (!force || forced === null) return moved
  const rest = records.filter(({ id }) => !moved.includes(id))
  return [...moved, ...(await transition(broker, forced, rest, reason ?? 'forced'))]
}

const REASONS: Partial<Record<Event, TaskReason>> = { cancel: 'cancelled', restart: 'restarted' }

async function transition(
  broker: TaskLogBroker,
  event: Event,
  records: readonly FoundRecord[],
  reason: TaskReason | null,
): Promise<readonly string[]> {
  const { from } = TRANSITIONS[event]
  const ids = records.filter(({ status }) => from.includes(status)).map(({ id }) => id)
  return ids.length === 0 ? [] : await broker.transition({ ids, event, from, reason, report: null })
}

/** A worker may have claimed it since it was read, so those that were enqueued are asked too. */
async function requestCancel(
  broker: TaskLogBroker,
  records: readonly FoundRecord[],
): Promise<readonly string[]> {
  const ids = records.filter(({ status }) => !isEnded(status)).map(({ id }) => id)
  return ids.length > 0 && isClaimable(broker) ? await broker.requestCancel(ids) : []
}

async function deleteEnded(
  broker: TaskLogBroker,
  records: readonly FoundRecord[],
): Promise<readonly string[]> {
  const ids = records.filter(({ status }) => isEnded(status)).map(({ id }) => id)
  return ids.length === 0 ? [] : await broker.delete(ids)
}

function skipReason(action: AdminAction, record: FoundRecord, claimable: boolean): SkipReason {
  const { status, parentId, hasChildren } = record
  const ended = isEnded(status)
  const target: Partial<Record<AdminAction, TaskStatus>> = { archive: 'archived', cancel: 'cancelled' }
  if (status === target[action]) return 'done_already'
  switch (action) {
    case 'archive':
      return ended ? 'changed' : 'in_progress'
    case 'cancel':
      if (ended) return 'ended'
      return claimable || status === 'enqueued' ? 'changed' : 'in_progress'
    case 'restart':
      if (!TRANSITIONS.restart.from.includes(status)) return 'not_failed'
      return parentId === null ? 'changed' : 'parent_ended'
    case 'delete':
      if (!ended) return 'in_progress'
      return hasChildren ? 'has_children' : 'changed'
  }
}
