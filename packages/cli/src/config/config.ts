import type { AroundRun, Duration, TaskLogBroker, TaskSelector, TaskType } from '@waybill/core'
import type { AnyMigration } from '@waybill/migration'

/** A queue and how it is worked on. */
export interface QueueConfig {
  /** 1 to 64 letters, digits, `_`, `.`, `-`, beginning with a letter. */
  readonly name: string
  /** How often it is picked, relative to the others. Default 1. */
  readonly weight?: number
  /** How many of its tasks may be held at once, over all workers; written to the log when a worker starts. */
  readonly concurrency?: number
}

/** How `waybill worker` works unless its flags or the environment say otherwise. */
export interface WorkerConfig {
  /** How many tasks run at once. Default 10. */
  readonly concurrency?: number
  /** How long running tasks may take to end once the worker is to stop. Default 30 s. */
  readonly grace?: Duration
  /** Wraps each run, for example with a session or a trace. */
  readonly around?: readonly AroundRun[]
}

/** What `waybill.config.ts` exports. */
export interface WaybillConfig {
  /** The task log, or how to open it: `createSqliteTaskLog({ file: 'waybill.db' })`. Either this or `url`. */
  readonly log?: TaskLogBroker | (() => TaskLogBroker | Promise<TaskLogBroker>)
  /** `sqlite:waybill.db`, `postgres://…` or `mysql://…`: opened by the adapter that is installed. */
  readonly url?: string | undefined
  /** The tasks workers run: a list, or files that export them, as patterns: `./tasks/*.ts`. */
  readonly tasks?: readonly TaskType[] | string | readonly string[]
  /** The migrations workers run: a list, or files that export them, as patterns: `./migrations/*.ts`. */
  readonly migrations?: readonly AnyMigration[] | string | readonly string[]
  /** The queues, names or more. Default: `default`. */
  readonly queues?: readonly (string | QueueConfig)[]
  /** Where a task goes that nothing sends elsewhere. Default: the first queue. */
  readonly defaultQueue?: string
  /** Queue names by task name. */
  readonly associations?: Readonly<Record<string, string>>
  /** Which queue a worker asks first: `weight` (default), `strict`, or a selector of your own. */
  readonly selector?: 'weight' | 'strict' | TaskSelector
  /** Whose tasks the command line enqueues. Default `anonymous`. */
  readonly owner?: string
  /** Defaults of `waybill worker`. */
  readonly worker?: WorkerConfig
  /**
   * Names of members of parameters, metadata and report data whose values are shown as `***`. Default: `password`,
   * `secret`, `token`, `authorization`, `apiKey`, `cookie`, and names that end so.
   */
  readonly redact?: readonly string[]
}
