import {
  type EnqueuedTask,
  InvalidInputError,
  isClaimable,
  isEnded,
  NotFoundError,
  OneTimeWorker,
  type QueueDispatcher,
  type TaskLogEntity,
  TaskLogFilter,
} from '@waybill/core'
import { wait } from '../range/control.ts'
import { MIGRATION_PARAMETERS } from './migration-parameters.ts'

/** What the original's MigrationAction is called with. */
export interface MigrateOptions {
  /** The name of one of the dispatcher's tasks, which extends `AbstractMigrationTask`. */
  readonly target: string
  /** Units in a chunk. */
  readonly chunkSize: number
  /** How many a searcher may pick at once; 0 for its own choice. */
  readonly pickSize: number
  /** Goes on to the very end. */
  readonly repeat: boolean
  /** `start`, and whatever else the target takes. */
  readonly customParameters: Readonly<Record<string, string>>
}

/**
 * Spawns the first task of a chain.
 * @throws NotFoundError; InvalidInputError when the target is no migration task, or a parameter is missing or wrong
 */
export async function spawnMigration(
  dispatcher: QueueDispatcher,
  { target, customParameters, ...own }: MigrateOptions,
): Promise<EnqueuedTask> {
  const task = dispatcher.tasks.get(target)
  if (task === undefined) {
    const others = dispatcher.tasks.names().filter((name) => isMigrationTask(dispatcher, name))
    throw new NotFoundError(
      'task',
      target,
      `There are these migration tasks: ${others.join(', ') || 'none'}.`,
    )
  }
  if (!isMigrationTask(dispatcher, target)) {
    throw new InvalidInputError('target', `the task ${target} does not extend AbstractMigrationTask`)
  }
  const said = JSON.stringify(customParameters)
  const label = `Unit processing by ${target} with parameters ${said} with chunk size ${own.chunkSize}`
  return await dispatcher.enqueue(task, { ...customParameters, ...own }, { label: label.slice(0, 255) })
}

function isMigrationTask({ tasks }: QueueDispatcher, name: string): boolean {
  return tasks.get(name)?.input === MIGRATION_PARAMETERS
}

/** How long to wait for a task that somebody else has, or that is not due yet. */
const WAIT_MS = 100

/**
 * Runs a chain in this process, beside whatever workers there are, until its first task has ended; answers its entry, which
 * has not ended only when the signal was aborted.
 */
export async function runChain(
  dispatcher: QueueDispatcher,
  first: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<TaskLogEntity> {
  const { taskLog, clock } = dispatcher
  const ofChain = TaskLogFilter.anyOf(
    new TaskLogFilter().eq('id', first),
    new TaskLogFilter().eq('parentId', first),
  )
  const ready = ofChain.eq('status', 'enqueued').eq('hold', null).limit(1)
  for (;;) {
    const entry = await taskLog.getById(first)
    if (isEnded(entry.status) || signal.aborted) return entry
    const [next] = await taskLog.search(ready)
    const run = next === undefined ? null : await new OneTimeWorker(dispatcher, { id: next.id }).run()
    if (run !== null) continue
    if (isClaimable(taskLog.broker)) await taskLog.broker.promote(1)
    await wait(clock, WAIT_MS, signal)
  }
}
