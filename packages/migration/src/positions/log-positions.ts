import {
  type TaskContext,
  type TaskLog,
  type TaskLogEntity,
  TaskLogFilter,
  type TaskProgress,
  WaybillError,
} from '@waybill/core'
import type { MaybePromise } from '../range/maybe-async.ts'
import type { PassName, PassState, RangeState } from '../range/pass-state.ts'
import { rangeTaskName, runTaskName } from '../run/task-names.ts'
import type { HeldPass, PositionStore, TakeRequest } from './position-store.ts'

/** What the task of a pass over a range is handed. */
export interface RangeTaskInput {
  /** The range as it was planned, and as far as a run before this one had come. */
  readonly range: RangeState
  readonly pass: PassName
}

/**
 * Keeps positions in the task log itself, as checkpoints of the tasks that go over the ranges: for sources that have no
 * database next to them. A position is written after its chunk.
 */
export class LogPositions implements PositionStore<null> {
  readonly id = 'task log'
  readonly transactional = false
  readonly synchronous = false
  readonly #log: TaskLog

  /** @param log the log the migration's tasks are in */
  constructor(log: TaskLog) {
    this.#log = log
  }

  /** The log is there already. */
  async prepare(): Promise<void> {}

  /** {@inheritDoc PositionStore.load} */
  async load(migration: string): Promise<readonly RangeState[]> {
    const newest = new TaskLogFilter()
      .eq('taskName', runTaskName(migration))
      .sortBy('createdAt', 'descending')
    const [run] = await this.#log.search(newest.limit(1))
    if (run === undefined) return []
    const planned = (run.parameters as { readonly ranges: readonly RangeState[] }).ranges
    const ranges = new Map(planned.map((range) => [range.range, range]))
    const children = new TaskLogFilter().eq('parentId', run.id).eq('taskName', rangeTaskName(migration))
    for await (const page of this.#log.pages(children.limit(500))) {
      for (const task of page) {
        const { range, pass } = task.parameters as RangeTaskInput
        const known = ranges.get(range.range) ?? range
        ranges.set(range.range, { ...known, [pass]: checkpointOf(task) ?? known[pass] })
      }
    }
    return [...ranges.values()].sort((left, right) => left.range - right.range)
  }

  /** The ranges are in the run's parameters. */
  async begin(): Promise<void> {}

  /** {@inheritDoc PositionStore.take} */
  async take({ context, initial }: TakeRequest): Promise<HeldPass<null>> {
    return new CheckpointedPass(context, initial)
  }

  /** {@inheritDoc PositionStore.rehearse} */
  rehearse<Result>(): Promise<Result> {
    throw new WaybillError('not_supported', 'The task log has no transactions that could be rolled back.')
  }

  /** {@inheritDoc PositionStore.isTransient} */
  isTransient(error: unknown): boolean {
    return WaybillError.isInstance(error) && error.retryable
  }
}

class CheckpointedPass implements HeldPass<null> {
  readonly #context: TaskContext
  readonly #initial: PassState

  constructor(context: TaskContext, initial: PassState) {
    this.#context = context
    this.#initial = initial
  }

  get state(): PassState {
    return (this.#context.lastCheckpoint as PassState | null) ?? this.#initial
  }

  async commit(work: (transaction: null) => MaybePromise<PassState>): Promise<void> {
    await this.#context.checkpoint(await work(null))
  }
}

function checkpointOf(task: TaskLogEntity): PassState | null {
  const progress = task.progress as TaskProgress | null | undefined
  const state = progress?.checkpoint as PassState | undefined
  return state ?? null
}
