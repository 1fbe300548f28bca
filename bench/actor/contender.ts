/** A queue that is measured, as one process of the bench uses it. Tasks are numbered; their payload is `{"i":n}`. */
export interface Contender {
  /** Makes its storage, with nothing in it. */
  create(): Promise<void>
  /** Enqueues one task; resolves once the queue promises to keep it. */
  enqueue(task: number): Promise<void>
  /** Enqueues many at once. */
  enqueueMany(tasks: readonly number[]): Promise<void>
  /** Starts a worker at the settings that are best for short tasks. */
  work(run: Run): Promise<Working>
  /** Gives back what it opened. */
  close(): Promise<void>
}

/** What a worker tells the bench. */
export interface Run {
  /** The first line of a task's handler. What it answers is awaited by the handler. */
  started(task: number): Promise<void> | void
  /** So many more tasks are done, and the queue has written that down. */
  settled(count: number): void
}

/** A worker at work. */
export interface Working {
  /** Lets running tasks end, then stops. */
  stop(): Promise<void>
}

/** What a contender's module exports. */
export interface ContenderModule {
  connect(storage: Storage): Contender
}

/** Where a contender keeps its tasks. */
export interface Storage {
  /** `memory`, `sqlite`, `postgres` or `mysql`; what a peer makes of it is up to the peer. */
  readonly log: string
  /** A server's URL, or a file's path; empty for memory. */
  readonly url: string
  /** Keeps several tables apart in one database. */
  readonly prefix: string
}
