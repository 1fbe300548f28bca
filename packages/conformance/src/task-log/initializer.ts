import type { TaskLogBroker } from '@waybill/core'

/** How the suite gets hold of the task logs of an adapter. */
export interface TaskLogInitializer {
  /** Names the adapter and its database in the test report, for example `postgres 18`. */
  readonly name: string
  /** Brings up what all logs share (a server, a pool); once, before the first {@link create}. */
  start?(): Promise<void>
  /** Takes it down again; once, after the last {@link create}. */
  stop?(): Promise<void>
  /** A log on storage that nobody else uses (a fresh schema, prefix or file) and that holds nothing yet. */
  create(): Promise<TaskLogSubject>
}

/** One log with storage of its own, and what the suite needs to try it. */
export interface TaskLogSubject {
  /** The log. The suite calls `createContainer` and, in the end, `close`. */
  readonly log: TaskLogBroker
  /** Another log on the same storage, as another process would open it. The suite closes it. */
  open(): Promise<TaskLogBroker>
  /** Required when the log's capabilities say `transactions`: begins one of the driver's transactions. */
  begin?(): Promise<CallerTransaction>
  /** Required when the log's capabilities say `multiProcess`: how another process opens a log on this storage. */
  readonly elsewhere?: Elsewhere
  /** Moves the log's clock forward. Without it the suite waits. */
  advanceTime?(ms: number): void
  /** Within how many milliseconds a log that wakes does so, unless the wake-up is lost; 2000 when not given. */
  readonly wakeWithinMs?: number
  /** Forgets the storage. Called after every log on it was closed. */
  dispose?(): Promise<void>
}

/** A transaction of the caller's own, for {@link TaskLogBroker.add}. */
export interface CallerTransaction {
  /** What the driver calls a connection inside a transaction. */
  readonly transaction: unknown
  /** Commits and gives the connection back. */
  commit(): Promise<void>
  /** Rolls back and gives the connection back. */
  rollback(): Promise<void>
}

/** How a log is opened in another process. */
export interface Elsewhere {
  /** The URL of a module that exports `open(options: unknown): Promise<TaskLogBroker>`. */
  readonly module: string
  /** What its `open` gets; JSON. */
  readonly options: unknown
}
