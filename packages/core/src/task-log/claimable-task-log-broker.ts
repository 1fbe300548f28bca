import type { EndStatus, TaskStatus } from '../task/status.ts'
import type { TaskLogBroker } from './task-log-broker.ts'
import type { TaskLogRecord, TaskReason } from './task-log-record.ts'

/** Who claims, what, and under which token. */
export interface ClaimRequest {
  /** The worker's id; it has beaten within its lease. */
  readonly worker: string
  /** A fresh random token (32 hex digits) for everything this call claims. A claim whose reply was lost is found by it. */
  readonly token: string
  /** From this queue, or exactly these entries. */
  readonly from: { readonly queue: string } | { readonly ids: readonly string[] }
  /** At most this many; never exceeded. */
  readonly limit: number
}

/** A task that was claimed, with what a worker needs to run it. */
export interface Claim
  extends Pick<
    TaskLogRecord,
    | 'id'
    | 'parentId'
    | 'taskName'
    | 'queue'
    | 'parameters'
    | 'label'
    | 'owner'
    | 'category'
    | 'metadata'
    | 'masterStatus'
    | 'priority'
    | 'limitKey'
    | 'attempt'
    | 'maxAttempts'
    | 'hasChildren'
    | 'progress'
    | 'createdAt'
  > {
  /** Guards every later write. */
  readonly token: string
}

/** A task that is running, as its worker reports it with a heartbeat. */
export interface OpenTask {
  readonly id: string
  readonly token: string
  /** How long ago it began, in milliseconds of the worker's monotonic clock. */
  readonly startedAgoMs: number
  /** Progress so far, as JSON text; null leaves it as it is. */
  readonly progress: string | null
  /** The report so far, as JSON text; null leaves it as it is. */
  readonly report: string | null
}

/** A worker's sign of life. */
export interface WorkerBeat {
  /** The worker's id. */
  readonly worker: string
  /** For how long from now, by the log's clock, it is to be taken for alive. */
  readonly leaseMs: number
  /** Facts for people (host, pid, queues, task names, version) as JSON text; null leaves them as they are. */
  readonly info: string | null
  /** The tasks that are running now. Not those that wait in the worker's memory. */
  readonly open: readonly OpenTask[]
}

/** What a heartbeat brings back. */
export interface HeartbeatAnswer {
  /** The lease had run out (or was never there): what was held may be gone, so nothing unstarted may be started. */
  readonly expired: boolean
  /** Tasks this worker holds that somebody asked to cancel. */
  readonly cancelRequested: readonly string[]
  /** Of the open tasks, those no longer held under their token. */
  readonly lost: readonly string[]
}

/** How a held task leaves its worker. */
export interface Settlement {
  readonly id: string
  readonly token: string
  /**
   * `completed`, `failed`, `cancelled`: the end. `retry`: queued again, the attempt stays counted. `release`: queued
   * again, the attempt is given back.
   */
  readonly to: EndStatus | 'retry' | 'release'
  /** For retry and release: due again in this many milliseconds; 0 for at once. */
  readonly delayMs: number
  /** Why, for programs. */
  readonly reason: TaskReason | null
  /** The report as JSON text; null leaves it as it is. */
  readonly report: string | null
  /** The last progress as JSON text; null leaves it as it is. */
  readonly progress: string | null
  /** How long ago the run began, in milliseconds of the worker's monotonic clock; null when it never began. */
  readonly startedAgoMs: number | null
}

/** What became of a settlement. */
export interface SettleAnswer {
  readonly id: string
  /** False: no longer held under the token, nothing was written. */
  readonly accepted: boolean
  /** Where the entry stands now; null when it does not exist. */
  readonly status: TaskStatus | null
}

/** A task that was taken from a dead worker. */
export interface RecoveredTask {
  readonly id: string
  readonly queue: string
  /** The worker that was taken for dead. */
  readonly worker: string
  /**
   * Where it stands now: queued again, failed (attempts used up), cancelled (that had been asked for), or waiting for
   * its children before it ends as one of these.
   */
  readonly status: 'enqueued' | 'child_running' | EndStatus
  /** Attempts counted so far. */
  readonly attempt: number
}

/** Bounds of one {@link ClaimableTaskLogBroker.recover}. */
export interface RecoverRequest {
  /** At most this many tasks. */
  readonly limit: number
  /** A task recovered on its n-th counted attempt is due in `baseDelayMs * (2^(n-1) - 1)` ms: the first at once. */
  readonly baseDelayMs: number
  /** No delay is longer. */
  readonly maxDelayMs: number
}

/** What {@link ClaimableTaskLogBroker.promote} did. */
export interface PromoteAnswer {
  /** How many entries became ready. */
  readonly promoted: number
  /** In how many milliseconds the next entry is due; 0 when more are due now; null when none waits for its time. */
  readonly nextDueMs: number | null
}

/** A queue as the log knows it. */
export interface QueueState {
  readonly queue: string
  readonly paused: boolean
  /** How many of its tasks may be held at once, over all workers; null for no limit. */
  readonly concurrency: number | null
  /** Enqueued and ready. */
  readonly ready: number
  /** Enqueued, not due yet. */
  readonly due: number
  /** Enqueued, no free slot of its limit key. */
  readonly limited: number
  /** Dequeued or running. */
  readonly held: number
  /** When the oldest ready entry was added; null when none is ready. */
  readonly oldestReadyAt: number | null
}

/** A worker as the log knows it. */
export interface WorkerState {
  readonly worker: string
  /** The facts from its last beat that had any, as JSON text. */
  readonly info: string | null
  readonly startedAt: number
  readonly beatAt: number
  readonly leaseUntil: number
  /** Its lease has not run out, by the log's clock. */
  readonly alive: boolean
  /** How many tasks it holds. */
  readonly held: number
}

/**
 * A task log that hands tasks to workers. The lease belongs to the worker (one row, renewed by heartbeats), the token to
 * the claim. The log's clock decides every expiry. Every write of a holder is guarded by `status in (dequeued, running)`
 * and its token; one that moves no row is an answer, not an error.
 */
export interface ClaimableTaskLogBroker extends TaskLogBroker {
  /**
   * Moves ready entries from enqueued to dequeued: attempt + 1, worker, token and claim time set, reason and start time
   * cleared. By queue: smallest priority first, then in the order in which they were added (while claims of 100 and more
   * come back full, one may go on after the last one's place, for about 250 ms); nothing from a paused queue; never more
   * held than the queue's concurrency. By ids: ready ones of those, in the order in which they are named (but where the
   * limit is less than they are, those of a queue with a concurrency may come last), paused and limited queues as above.
   * Entries locked by others are skipped, not waited for. Two claims never return the same entry.
   */
  claim(request: ClaimRequest): Promise<readonly Claim[]>

  /**
   * Writes `running` and the start time for dequeued tasks before they run; answers the ids it holds for. A worker calls
   * it for a task's last attempt and for every attempt after the first, so that {@link recover} knows which tasks
   * of a dead worker may have started: see there.
   */
  start(tasks: readonly Pick<OpenTask, 'id' | 'token'>[]): Promise<readonly string[]>

  /** Renews the worker's lease, and writes `running`, start time, progress and report of its open tasks where they changed. */
  heartbeat(beat: WorkerBeat): Promise<HeartbeatAnswer>

  /**
   * Ends, or gives back, tasks; one transaction, answers in order. Sending the same settlement again (its reply was
   * lost) is accepted again and changes nothing. What the database works out:
   * - an entry that has children and no master status does not end at once: it becomes `child_running`, its outcome is
   *   what it would have ended as, and it is rolled up in the same transaction (so do cancel and recover);
   * - retry or release of a task that was asked to cancel ends as cancelled (reason `cancelled`);
   * - started = max(claimed, now - startedAgoMs), finished = now;
   * - roll-up: a parent that is child_running and has no open child ends as {@link rollUpStatus} says; its reason stays
   *   when its own run failed or was cancelled, else it is `child_failed`, `cancelled` or null. Then its parent, and so on.
   *   The parent row is locked before its children are looked at, so of two last children exactly one closes it.
   */
  settle(settlements: readonly Settlement[]): Promise<readonly SettleAnswer[]>

  /**
   * Takes tasks from workers whose lease has run out. A dequeued task with `attempt > 1` or `attempt = maxAttempts` has
   * surely not started (see {@link start}): its attempt is given back. Any other counts; when its attempts are used up it
   * fails (reason `worker_died`). One that was asked to cancel becomes cancelled. Parents are rolled up. Repeats
   * its predicate in the write, so that a settlement that comes in between wins. Forgets dead workers that hold nothing.
   * A task whose worker the log does not know (it was forgotten just before it claimed) is taken as from a dead one.
   */
  recover(request: RecoverRequest): Promise<readonly RecoveredTask[]>

  /**
   * Makes up to `limit` queued entries ready whose time has come or whose limit key has a free slot (fewer than `limitMax`
   * ready, dequeued or running). In the order in which they are due. Safe when several workers do it at once.
   */
  promote(limit: number): Promise<PromoteAnswer>

  /** Forgets a worker. What it still holds is given back as by recover, at once. */
  retire(worker: string): Promise<void>

  /**
   * Asks dequeued, running or child_running tasks to stop, and what waits below them is cancelled, as `cancel` does it.
   * Answers the ids that were asked; asking again changes nothing. A parent that waited for nothing else ends at once.
   */
  requestCancel(ids: readonly string[]): Promise<readonly string[]>

  /** Pauses or resumes a queue, limits how many of its tasks may be held at once (null: no limit). Creates its row. */
  setQueue(
    queue: string,
    change: { readonly paused?: boolean; readonly concurrency?: number | null },
  ): Promise<void>

  /** All queues that have a row, or an entry that is enqueued, dequeued or running. */
  queueStates(): Promise<readonly QueueState[]>

  /** All workers that have beaten and are not forgotten. */
  workerStates(): Promise<readonly WorkerState[]>
}

/** Whether a task log hands tasks to workers. */
export function isClaimable(log: TaskLogBroker): log is ClaimableTaskLogBroker {
  return 'claim' in log && 'settle' in log && 'heartbeat' in log && 'recover' in log
}

/** A task log that can say when there may be work, so that idle workers need not poll often. */
export interface WakeableTaskLog {
  /**
   * Calls `wake` when an entry of the queue may have become ready. A hint: it may come late, twice, for nothing or not at
   * all, so workers poll beneath it. Answers a function that ends it.
   */
  onWake(queue: string, wake: () => void): () => void
}

/** Whether a task log can say when there may be work. */
export function isWakeableLog(log: object): log is WakeableTaskLog {
  return 'onWake' in log
}

/**
 * A task log whose lease can be renewed from a worker thread, over a connection of its own, while the main thread is
 * busy. Without it a task that blocks the event loop for longer than the lease is taken for dead.
 */
export interface PulsableTaskLog {
  /** What the thread needs: a module that exports `beat(options): Promise<PulseConnection>`, and its options (structured-cloneable). */
  readonly pulse: { readonly module: string; readonly options: unknown } | null
}

/** What a pulse module's `beat` opens. */
export interface PulseConnection {
  /** Renews the lease of a worker that has one that has not run out; never revives it. */
  renew(worker: string, leaseMs: number): Promise<void>
  /** Ends the connection. */
  close(): Promise<void>
}

/** Whether a task log's lease can be renewed from a thread. */
export function isPulsable(log: object): log is PulsableTaskLog {
  return 'pulse' in log && (log as PulsableTaskLog).pulse !== null
}

/** A task log with a versioned schema. */
export interface SchemaTaskLog {
  /** Whether the storage fits this release: what is applied, what is pending, what differs. */
  schemaStatus(): Promise<SchemaStatus>
  /** The SQL that {@link TaskLogBroker.createContainer} would run on an empty database. */
  schemaSql(): string
  /** What is not as this release made it (missing or invalid index, changed column), one sentence each. */
  doctor(): Promise<readonly string[]>
  /** Drops all that {@link TaskLogBroker.createContainer} made, with every entry. Fine when there is nothing to drop. */
  dropContainer(): Promise<void>
}

/** The state of a log's schema. */
export interface SchemaStatus {
  /** `missing`, `outdated` and `newer` are refused by every other call. */
  readonly state: 'missing' | 'outdated' | 'current' | 'newer'
  readonly steps: readonly {
    readonly id: string
    readonly appliedAt: number | null
    readonly checksumFits: boolean
  }[]
}

/** Whether a task log has a versioned schema. */
export function hasSchema(log: object): log is SchemaTaskLog {
  return 'schemaStatus' in log
}
