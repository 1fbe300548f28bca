import type { FailAction } from '../faults/failpoints.ts'
import type { StatementFault } from '../faults/statement-faults.ts'
import type { LogAddress } from '../stores/open-log.ts'

/** How often workers beat, and so on. */
export interface Timing {
  readonly leaseMs: number
  readonly beatMs: number
  readonly sweepMs: number
}

/** What every process is started with. */
interface Setting {
  /** Its name, and the id of its worker. */
  readonly name: string
  readonly address: LogAddress
  /** Where histories are written. */
  readonly folder: string
  readonly seed: number
  readonly timing: Timing
  /** What it is to fail at, from its beginning. */
  readonly fail: { readonly failpoint: string; readonly action: FailAction; readonly nth: number } | null
}

/** What a worker process is started with. */
export interface WorkerSetting extends Setting {
  readonly role: 'worker'
  readonly concurrency: number
  readonly prefetch: number
  /** Only these queues; null for all. */
  readonly queues: readonly string[] | null
  /** Stops when there is nothing left to run. */
  readonly drain: boolean
}

/** What a producer process is started with. */
export interface ProducerSetting extends Setting {
  readonly role: 'producer'
  /** Between two enqueues, on average. */
  readonly pauseMs: number
  /** Enqueues so many and ends; null: goes on until it is stopped. */
  readonly limit: number | null
  /** Only tasks that do nothing, one after the other, on the queue whose order is looked at. */
  readonly isOrdered: boolean
  /** How likely a task crashes its process. */
  readonly crashes: number
}

/** What a process is started with. */
export type ProcessSetting = WorkerSetting | ProducerSetting

/** What a process may be told while it runs. */
export type Order =
  | { readonly do: 'stop' }
  | { readonly do: 'fail'; readonly failpoint: string; readonly action: FailAction; readonly nth: number }
  | { readonly do: 'break statement'; readonly fault: StatementFault; readonly nth: number }
  | { readonly do: 'calm' }

/** What a process tells: it has begun its work; it failed as it was told to, and goes on. */
export type News = 'ready' | 'failed'

/** Queues and their weights, the default one first. */
export const QUEUES = [
  { name: 'front', weight: 3 },
  { name: 'back', weight: 1 },
] as const

/** Whose tasks are enqueued. */
export const OWNERS = ['anna', 'bert'] as const

/** The queue of the tasks whose order is looked at. */
export const ORDERED_QUEUE = 'ordered'
