import type {
  AddOutcome,
  HeartbeatAnswer,
  QueueState,
  RecoveredTask,
  SettleAnswer,
  Settlement,
  StatusCounts,
  TaskLogRecord,
  TaskStatus,
  TransitionChange,
} from '@waybill/core'
import type { AddedEntry, Call, Method, Shapes } from '../evidence/call.ts'
import { Evidence, type Facts } from '../evidence/evidence.ts'
import { violations } from './invariants.ts'

/** When a call took place, and what became of it, where that matters. */
interface When {
  readonly began?: number
  readonly ended?: number
  readonly outcome?: 'refused' | 'unknown'
  readonly process?: string
}

const NO_COUNTS: StatusCounts = {
  enqueued: 0,
  dequeued: 0,
  running: 0,
  child_running: 0,
  completed: 0,
  failed: 0,
  cancelled: 0,
  archived: 0,
}

/** A history written by hand: what happens is told in order, ten milliseconds apart, unless it says otherwise. */
export class Story {
  readonly #calls: Call[] = []
  readonly #records: Map<string, TaskLogRecord> = new Map()
  readonly #facts: {
    -readonly [Key in keyof Omit<Facts, 'calls' | 'remains'>]: Facts[Key]
  } = {
    timing: { leaseMs: 3_000, beatMs: 1_000, sweepMs: 1_000 },
    runs: [],
    enqueues: [],
    messages: [],
    views: [],
    picks: [],
    ordered: [],
    deaths: [],
    faults: {},
    troubles: [],
    quiet: [],
    usage: [],
  }
  readonly #remains: { -readonly [Key in keyof Omit<Facts['remains'], 'records'>]: Facts['remains'][Key] } = {
    queues: [],
    workers: [],
    messages: 0,
    connections: null,
  }
  #now = 0

  /** Goes on at this time. */
  at(ms: number): this {
    this.#now = ms
    return this
  }

  /** Any call. */
  call<Name extends Method>(
    method: Name,
    input: Shapes[Name]['input'],
    answer: Shapes[Name]['answer'],
    { began = this.#now, ended = began + 1, outcome, process = 'process' }: When = {},
  ): this {
    this.#now = Math.max(this.#now, began) + 10
    const beginning = { method, process, input, began, ended }
    const ending = outcome === undefined ? { outcome: 'ok', answer } : { outcome, error: null }
    this.#calls.push({ ...beginning, ...ending } as Call)
    return this
  }

  /** Adds an entry; it is left completed unless told otherwise. */
  add(id: string, entry: Partial<AddedEntry> = {}, when: When & { answer?: AddOutcome } = {}): this {
    const added: AddedEntry = {
      id,
      parentId: null,
      parentToken: null,
      owner: 'anna',
      queue: 'queue',
      idempotencyKey: null,
      fingerprint: null,
      ...entry,
    }
    const { owner, parentId, idempotencyKey, queue } = added
    this.left(id, 'completed', { owner, parentId, idempotencyKey, queue })
    return this.call('add', [added], [when.answer ?? { outcome: 'added', id }], when)
  }

  /** A worker claims entries, under a token that is named after both unless told otherwise. */
  claim(
    worker: string,
    ids: readonly string[],
    when: When & { token?: string; attempt?: number } = {},
  ): this {
    const { token = `${worker} ${ids.join()}`, attempt = 1 } = when
    const claims = ids.map((id) => ({ id, attempt }))
    return this.call('claim', { worker, token, limit: ids.length }, claims, { process: worker, ...when })
  }

  /** A worker settles a task under a token. */
  settle(
    id: string,
    token: string,
    to: Settlement['to'],
    when: When & { accepted?: boolean; status?: TaskStatus } = {},
  ): this {
    const { accepted = true, status = to === 'retry' || to === 'release' ? 'enqueued' : to } = when
    const answer: readonly SettleAnswer[] = [{ id, accepted, status }]
    return this.call('settle', [{ id, token, to, startedAgoMs: 1 }], answer, when)
  }

  /** A task of a worker is taken back. */
  recover(id: string, worker: string, when: When & { status?: RecoveredTask['status'] } = {}): this {
    const { status = 'enqueued' } = when
    return this.call('recover', null, [{ id, queue: 'queue', worker, status, attempt: 1 }], when)
  }

  /** A worker beats. */
  beat(
    worker: string,
    open: readonly { id: string; token: string }[] = [],
    answer: Partial<HeartbeatAnswer> = {},
    when: When = {},
  ): this {
    const whole = { expired: false, cancelRequested: [], lost: [], ...answer }
    return this.call('heartbeat', { worker, leaseMs: 3_000, open }, whole, { process: worker, ...when })
  }

  /** Somebody moves a task. */
  transition(event: TransitionChange['event'], id: string, when: When = {}): this {
    return this.call('transition', { event, ids: [id] }, [id], when)
  }

  /** Somebody looks an entry up. */
  look(id: string, status: TaskStatus, { updatedAt = 0, ...when }: When & { updatedAt?: number } = {}): this {
    return this.call('find', [id], [{ id, owner: 'anna', status, attempt: 1, updatedAt }], when)
  }

  /** Somebody counts. */
  count(counts: Partial<StatusCounts>): this {
    return this.call('stats', null, { ...NO_COUNTS, ...counts })
  }

  /** Somebody looks at the queues. */
  lookAtQueues(states: readonly Partial<QueueState>[]): this {
    const none = {
      queue: 'queue',
      paused: false,
      concurrency: null,
      ready: 0,
      due: 0,
      limited: 0,
      held: 0,
      oldestReadyAt: null,
    }
    return this.call(
      'queueStates',
      null,
      states.map((state) => ({ ...none, ...state })),
    )
  }

  /** A task runs, as the ledger has it. */
  run(
    id: string,
    worker: string,
    { attempt = 1, ended = true }: { attempt?: number; ended?: boolean } = {},
  ): this {
    const began = this.#now
    this.#now += 10
    const run = { id, attempt, worker, began, ended: ended ? began + 5 : null }
    this.#facts.runs = [...this.#facts.runs, run]
    return this
  }

  /** The usual life of a task: claimed by a worker, run, completed. */
  complete(id: string, worker: string): this {
    return this.claim(worker, [id]).run(id, worker).settle(id, `${worker} ${id}`, 'completed')
  }

  /** How an entry was left. */
  left(id: string, status: TaskStatus, fields: Partial<TaskLogRecord> = {}): this {
    const isOpen = ['enqueued', 'dequeued', 'running', 'child_running'].includes(status)
    const before = this.#records.get(id)
    const outcome = isOpen ? null : status === 'archived' ? 'completed' : (status as 'completed')
    this.#records.set(id, {
      ...RECORD,
      ...before,
      id,
      status,
      outcome,
      reason: outcome === 'completed' ? null : 'error',
      finishedAt: isOpen ? null : 40,
      ...fields,
    })
    return this
  }

  /** An entry is not there in the end. */
  gone(id: string): this {
    this.#records.delete(id)
    return this
  }

  /** Further facts. */
  facts(facts: Partial<Facts>): this {
    Object.assign(this.#facts, facts)
    return this
  }

  /** Further remains. */
  remains(remains: Partial<Facts['remains']>): this {
    Object.assign(this.#remains, remains)
    return this
  }

  /** What is known of all that was told. */
  evidence(): Evidence {
    const remains = { ...this.#remains, records: [...this.#records.values()] }
    return new Evidence({ ...this.#facts, calls: this.#calls, remains })
  }

  /** Every promise that was broken. */
  violations(): readonly string[] {
    return violations(this.evidence())
  }
}

const RECORD: TaskLogRecord = {
  id: '',
  parentId: null,
  taskName: 'task',
  queue: 'queue',
  parameters: 'null',
  label: 'task',
  owner: 'anna',
  category: 'unknown',
  metadata: null,
  status: 'completed',
  masterStatus: false,
  outcome: 'completed',
  reason: null,
  report: null,
  progress: null,
  priority: 0,
  hold: null,
  idempotencyKey: null,
  limitKey: null,
  limitMax: null,
  attempt: 1,
  maxAttempts: 3,
  worker: 'worker',
  cancelRequested: false,
  hasChildren: false,
  createdAt: 10,
  updatedAt: 40,
  dueAt: 10,
  claimedAt: 20,
  startedAt: 30,
  finishedAt: 40,
}
