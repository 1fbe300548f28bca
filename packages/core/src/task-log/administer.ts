import { isEnded, type TaskStatus, TRANSITIONS } from '../task/status.ts'
import { checkObject } from '../validation/objects.ts'
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
  const { reason } = checkObject(options, 'options')
  if (reason != null) checkOneOf(reason, 'reason', TASK_REASONS)
  const { done, requested = [] } = await ACTIONS[action](broker, records, options)
  const moved = new Set([...done, ...requested])
  const rest = records.filter(({ id }) => !moved.has(id))
  const isAsked = isClaimable(broker)
  const reasons = new Map(rest.map((record) => [record.id, skipReason(action, record, isAsked)]))
  const stale = rest.filter(({ id }) => GUESSES.includes(reasons.get(id))).map(({ id }) => id)
  if (stale.length > 0) {
    for (const id of stale) reasons.set(id, 'missing')
    for (const record of await broker.find(stale)) reasons.set(record.id, skipReason(action, record, isAsked))
  }
  return { done, requested, skipped: [...reasons].map(([id, reason]) => ({ id, reason })) }
}

/** Reasons that rest on a row that may have changed since it was read. */
const GUESSES: readonly (SkipReason | undefined)[] = ['changed', 'parent_ended', 'has_children']

interface Moved {
  readonly done: readonly string[]
  readonly requested?: readonly string[]
}

type Act = (broker: TaskLogBroker, records: readonly FoundRecord[], options: AdminOptions) => Promise<Moved>

const ACTIONS: Readonly<Record<AdminAction, Act>> = {
  async archive(broker, records, { force, reason = null }) {
    const done = await transition(broker, 'archive', records, reason)
    if (force !== true) return { done }
    return { done: [...done, ...(await transition(broker, 'force_archive', records, reason ?? 'forced'))] }
  },
  async cancel(broker, records, { force, reason = null }) {
    if (force === true) return { done: await transition(broker, 'force_cancel', records, reason ?? 'forced') }
    // Parents are asked before their children are cancelled, or they would end as if nobody had cancelled them.
    const asked = await requestCancel(broker, records, ['dequeued', 'running', 'child_running'])
    const done = new Set(await transition(broker, 'cancel', records, reason ?? 'cancelled'))
    // A worker may have claimed what was enqueued when it was read.
    const claimed = records.filter(({ id }) => !done.has(id))
    return { done: [...done], requested: [...asked, ...(await requestCancel(broker, claimed, ['enqueued']))] }
  },
  async restart(broker, records, { reason }) {
    return { done: await transition(broker, 'restart', records, reason ?? 'restarted') }
  },
  async delete(broker, records) {
    const ids = records.filter(({ status }) => isEnded(status)).map(({ id }) => id)
    return { done: ids.length === 0 ? [] : await broker.delete(ids) }
  },
}

async function transition(
  broker: TaskLogBroker,
  event: TransitionChange['event'],
  records: readonly FoundRecord[],
  reason: TaskReason | null,
): Promise<readonly string[]> {
  const { from } = TRANSITIONS[event]
  const ids = idsIn(records, from)
  return ids.length === 0 ? [] : await broker.transition({ ids, event, from, reason, report: null })
}

async function requestCancel(
  broker: TaskLogBroker,
  records: readonly FoundRecord[],
  statuses: readonly TaskStatus[],
): Promise<readonly string[]> {
  const ids = idsIn(records, statuses)
  return ids.length > 0 && isClaimable(broker) ? await broker.requestCancel(ids) : []
}

function idsIn(records: readonly FoundRecord[], statuses: readonly TaskStatus[]): string[] {
  return records.filter(({ status }) => statuses.includes(status)).map(({ id }) => id)
}

function skipReason(
  action: AdminAction,
  { status, parentId, hasChildren }: FoundRecord,
  isAsked: boolean,
): SkipReason {
  const ended = isEnded(status)
  switch (action) {
    case 'archive':
      if (status === 'archived') return 'done_already'
      return ended ? 'changed' : 'in_progress'
    case 'cancel':
      if (status === 'cancelled') return 'done_already'
      if (ended) return 'ended'
      return isAsked || status === 'enqueued' ? 'changed' : 'in_progress'
    case 'restart':
      if (!TRANSITIONS.restart.from.includes(status)) return 'not_failed'
      return parentId === null ? 'changed' : 'parent_ended'
    case 'delete':
      if (!ended) return 'in_progress'
      return hasChildren ? 'has_children' : 'changed'
  }
}
