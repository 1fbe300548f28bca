import type {
  AddOutcome,
  Claim,
  ClaimRequest,
  HeartbeatAnswer,
  NewTaskLogRecord,
  OpenTask,
  QueueState,
  RecoveredTask,
  SettleAnswer,
  Settlement,
  StatusCounts,
  TaskLogRecord,
  TransitionChange,
  WorkerBeat,
} from '@waybill/core'

/** What is kept of an entry that was handed in. */
export type AddedEntry = Pick<
  NewTaskLogRecord,
  'id' | 'parentId' | 'parentToken' | 'owner' | 'queue' | 'idempotencyKey' | 'fingerprint'
>

/** What is kept of an entry that was read. */
export type SeenEntry = Pick<TaskLogRecord, 'id' | 'owner' | 'status' | 'attempt' | 'updatedAt'>

type Held = Pick<OpenTask, 'id' | 'token'>

/** What a history keeps of each method's input and answer. */
export interface Shapes {
  readonly add: { readonly input: readonly AddedEntry[]; readonly answer: readonly AddOutcome[] }
  readonly claim: {
    readonly input: Pick<ClaimRequest, 'worker' | 'token' | 'limit'>
    readonly answer: readonly Pick<Claim, 'id' | 'attempt'>[]
  }
  readonly start: { readonly input: readonly Held[]; readonly answer: readonly string[] }
  readonly heartbeat: {
    readonly input: Pick<WorkerBeat, 'worker' | 'leaseMs'> & { readonly open: readonly Held[] }
    readonly answer: HeartbeatAnswer
  }
  readonly settle: {
    readonly input: readonly Pick<Settlement, 'id' | 'token' | 'to' | 'startedAgoMs'>[]
    readonly answer: readonly SettleAnswer[]
  }
  readonly recover: { readonly input: null; readonly answer: readonly RecoveredTask[] }
  readonly retire: { readonly input: string; readonly answer: null }
  readonly transition: {
    readonly input: Pick<TransitionChange, 'event' | 'ids'>
    readonly answer: readonly string[]
  }
  readonly requestCancel: { readonly input: readonly string[]; readonly answer: readonly string[] }
  readonly delete: { readonly input: readonly string[]; readonly answer: readonly string[] }
  readonly setQueue: {
    readonly input: { readonly queue: string; readonly paused: boolean | null }
    readonly answer: null
  }
  readonly find: { readonly input: readonly string[]; readonly answer: readonly SeenEntry[] }
  readonly stats: { readonly input: null; readonly answer: StatusCounts }
  readonly queueStates: { readonly input: null; readonly answer: readonly QueueState[] }
}

/** A method whose calls are kept. */
export type Method = keyof Shapes

/**
 * What became of a call. `ok`: it was answered. `refused`: it failed and surely changed nothing. `unknown`: it may have
 * been carried out, now or later; its process may have died in the middle.
 */
export type CallOutcome = 'ok' | 'refused' | 'unknown'

interface Beginning<Name extends Method> {
  readonly method: Name
  readonly process: string
  readonly input: Shapes[Name]['input']
  /** Milliseconds of the machine's monotonic clock, the same for all processes: it took effect after this. */
  readonly began: number
}

/** A call that was answered. */
export interface AnsweredCall<Name extends Method = Method> extends Beginning<Name> {
  readonly outcome: 'ok'
  readonly answer: Shapes[Name]['answer']
  /** It took effect before this. */
  readonly ended: number
}

/** A call that was not. */
export interface FailedCall<Name extends Method = Method> extends Beginning<Name> {
  readonly outcome: 'refused' | 'unknown'
  /** The error's code; null when there is none. */
  readonly error: string | null
  /** Infinity when nothing came back. */
  readonly ended: number
}

/** A call to the log. */
export type Call<Name extends Method = Method> = {
  [Each in Name]: AnsweredCall<Each> | FailedCall<Each>
}[Name]
