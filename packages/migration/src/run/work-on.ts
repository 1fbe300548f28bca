import { isEnded, LongRunningWorker, type TaskLogEntity } from '@waybill/core'
import { wait } from '../range/control.ts'
import type { MigrationStatus } from './migration-status.ts'
import type { Migrations } from './migrations.ts'

/** How {@link workOn} works. */
export interface WorkOptions {
  /** How many ranges at once. Default 4. */
  readonly concurrency?: number
  /** Stops working: ranges commit what they have done and give their tasks back. The run stays in the log. */
  readonly signal?: AbortSignal
  /** Told where the migration stands, every so often and at the end. */
  readonly onStatus?: (status: MigrationStatus) => void
  /** How often, in milliseconds. Default 500. */
  readonly everyMs?: number
}

/**
 * Works on a migration's queue in this process, beside whatever workers there are, until its run has ended; answers the
 * run's entry, which has not ended only when the signal was aborted.
 */
export async function workOn(
  migrations: Migrations,
  name: string,
  run: string,
  options: WorkOptions = {},
): Promise<TaskLogEntity> {
  const {
    concurrency = 4,
    signal = new AbortController().signal,
    onStatus = () => {},
    everyMs = 500,
  } = options
  const { dispatcher } = migrations
  const worker = new LongRunningWorker(dispatcher, { queues: [migrations.get(name).queue], concurrency })
  const working = worker.run()
  try {
    for (;;) {
      const entry = await dispatcher.taskLog.getById(run)
      onStatus(await migrations.status(name))
      if (isEnded(entry.status) || signal.aborted) return entry
      await wait(dispatcher.clock, everyMs, signal)
    }
  } finally {
    worker.abort()
    await working
  }
}
