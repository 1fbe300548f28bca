import { hostname } from 'node:os'
import {
  type Duration,
  durationMs,
  LongRunningWorker,
  type LongRunningWorkerOptions,
  type QueueDispatcher,
  systemClock,
} from '@waybill/core'
import type { CommandContext } from '../../command/command-context.ts'
import type { WorkerConfig } from '../../config/config.ts'
import { limitQueues } from '../../config/limit-queues.ts'
import { UsageError } from '../../errors/cli-error.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { VERSION } from '../../version.ts'
import { type HealthServer, startHealthServer } from './health-server.ts'
import { runUntilSignals } from './run-until-signals.ts'
import { WorkerLog } from './worker-log.ts'

/** Options of `waybill worker`. */
export interface WorkerOptions {
  readonly queue: readonly string[] | undefined
  readonly concurrency: number | undefined
  readonly once: boolean
  readonly drain: boolean
  readonly limit: number | undefined
  readonly maxRuntime: Duration | undefined
  readonly grace: Duration | undefined
  readonly healthPort: number | undefined
  readonly healthHost: string | undefined
  readonly quiet: boolean
  readonly ndjson: boolean
}

/** Runs tasks until it is told to stop, has nothing left to do, or has done what it was to do. */
export async function run(context: CommandContext, options: WorkerOptions): Promise<ExitCode> {
  if (options.once && (options.drain || options.limit !== undefined)) {
    throw new UsageError('--once runs one task and ends; expected no --drain and no --limit beside it')
  }
  const { config } = await context.config()
  const dispatcher = await context.dispatcher()
  const log = new WorkerLog(context.output, { ...options, ndjson: options.ndjson || context.options.json })
  const worker = new LongRunningWorker(dispatcher, workerOptions(options, config.worker ?? {}, log))
  await limitQueues(config, await context.claimableBroker())
  const health = await startHealth(options, worker, dispatcher)
  const stop = (): void => worker.stop()
  context.signal.addEventListener('abort', stop, { once: true })
  const cancelTimer =
    options.maxRuntime === undefined
      ? () => {}
      : systemClock.setTimer(stop, durationMs(options.maxRuntime, '--max-runtime'))
  try {
    log.started(worker, dispatcher, options.queue, health)
    context.takeSignals()
    const summary = await runUntilSignals(worker, context.host.signals, (times) =>
      log.asked(times, worker.running),
    )
    if (summary === null) return EXIT.interrupted
    log.stopped(summary)
    return EXIT.done
  } finally {
    cancelTimer()
    log.close()
    await health?.close()
  }
}

/** Flag, then configuration, then the default of the worker itself. */
function workerOptions(
  options: WorkerOptions,
  config: WorkerConfig,
  log: WorkerLog,
): LongRunningWorkerOptions {
  const { queue: queues, drain } = options
  const concurrency = options.concurrency ?? config.concurrency
  const grace = options.grace ?? config.grace
  const one = options.once ? { limit: 1, concurrency: 1, prefetch: 1, drain: true } : {}
  return {
    drain,
    onTask: (run) => log.ran(run),
    info: { host: hostname(), pid: process.pid, version: VERSION, node: process.versions.node },
    ...(queues === undefined ? {} : { queues }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(grace === undefined ? {} : { grace }),
    ...(options.limit === undefined ? {} : { limit: options.limit }),
    ...(config.around === undefined ? {} : { around: config.around }),
    ...one,
  }
}

async function startHealth(
  { healthPort, healthHost }: WorkerOptions,
  worker: LongRunningWorker,
  { taskLog }: QueueDispatcher,
): Promise<HealthServer | null> {
  if (healthPort === undefined) return null
  return await startHealthServer({
    port: healthPort,
    host: healthHost,
    phase: () => worker.state,
    askStore: () => taskLog.broker.now(),
  })
}
