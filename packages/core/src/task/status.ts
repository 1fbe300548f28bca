/** The statuses a log entry can have, in the order of a task's life. */
export const TASK_STATUSES = [
  'enqueued',
  'dequeued',
  'running',
  'child_running',
  'completed',
  'failed',
  'cancelled',
  'archived',
] as const

/** The status of a log entry. */
export type TaskStatus = (typeof TASK_STATUSES)[number]

/** How a task ended. */
export type EndStatus = 'completed' | 'failed' | 'cancelled'

/** A worker holds the task: it has a token that guards every write. */
export const HELD_STATUSES: readonly TaskStatus[] = ['dequeued', 'running']

/** The task has not ended: its parent waits for it. */
export const OPEN_STATUSES: readonly TaskStatus[] = ['enqueued', 'dequeued', 'running', 'child_running']

/** The task has ended and is not archived. */
export const END_STATUSES: readonly EndStatus[] = ['completed', 'failed', 'cancelled']

/** The events that move a task, named after who causes them. */
export type TaskEvent =
  | 'claim'
  | 'start'
  | 'complete'
  | 'fail'
  | 'await_children'
  | 'retry'
  | 'release'
  | 'expire'
  | 'abort'
  | 'roll_up'
  | 'cancel'
  | 'archive'
  | 'restart'
  | 'force_cancel'
  | 'force_archive'

interface TransitionRule {
  readonly from: readonly TaskStatus[]
  readonly to: readonly TaskStatus[]
}

/**
 * The whole state machine: what each event may move from where to where. Adapters turn each rule into
 * the WHERE of one compare-and-set; nothing else may change a status.
 */
export const TRANSITIONS: Readonly<Record<TaskEvent, TransitionRule>> = {
  claim: { from: ['enqueued'], to: ['dequeued'] },
  start: { from: ['dequeued'], to: ['running'] },
  complete: { from: HELD_STATUSES, to: ['completed'] },
  fail: { from: HELD_STATUSES, to: ['failed'] },
  await_children: { from: HELD_STATUSES, to: ['child_running'] },
  retry: { from: HELD_STATUSES, to: ['enqueued', 'child_running', 'cancelled'] },
  release: { from: HELD_STATUSES, to: ['enqueued', 'child_running', 'cancelled'] },
  expire: { from: HELD_STATUSES, to: ['enqueued', 'child_running', 'failed', 'cancelled'] },
  abort: { from: HELD_STATUSES, to: ['cancelled'] },
  roll_up: { from: ['child_running'], to: ['completed', 'failed', 'cancelled'] },
  cancel: { from: ['enqueued'], to: ['child_running', 'cancelled'] },
  archive: { from: END_STATUSES, to: ['archived'] },
  restart: { from: ['failed', 'cancelled'], to: ['enqueued'] },
  force_cancel: { from: OPEN_STATUSES, to: ['cancelled'] },
  force_archive: { from: OPEN_STATUSES, to: ['archived'] },
}

/** Whether a status may follow another, by any event or by the given one. */
export function canTransition(from: TaskStatus, to: TaskStatus, event?: TaskEvent): boolean {
  const rules = event === undefined ? Object.values(TRANSITIONS) : [TRANSITIONS[event]]
  return rules.some((rule) => rule.from.includes(from) && rule.to.includes(to))
}

/** Whether a task in this status has ended (archived counts as ended). */
export function isEnded(status: TaskStatus): boolean {
  return !OPEN_STATUSES.includes(status)
}

/** What decides how a parent ends once all its children have. */
export interface RollUpFacts {
  /** What its own run ended as. */
  readonly outcome: EndStatus
  /** Cancelling was asked for while it waited. */
  readonly cancelRequested: boolean
  /** A child that is not archived failed. */
  readonly childFailed: boolean
}

/** How a parent ends once all its children have: its own failure first, then a cancel, then a failed child. */
export function rollUpStatus(parent: RollUpFacts): EndStatus {
  if (parent.outcome === 'failed') return 'failed'
  if (parent.outcome === 'cancelled' || parent.cancelRequested) return 'cancelled'
  return parent.childFailed ? 'failed' : 'completed'
}
