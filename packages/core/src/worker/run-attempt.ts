import { decodeJson } from '../json/decode.ts'
import { encodeReport } from '../report/encode-report.ts'
import { Report } from '../report/report.ts'
import { validateWith } from '../schema/validate.ts'
import { runAsCurrentTask } from '../task/current-task.ts'
import type { TaskContext } from '../task/task-context.ts'
import type { TaskRegistry } from '../task/task-registry.ts'
import type { AnyTaskDefinition } from '../task/task-types.ts'
import type { CancelTimer, Clock } from '../time/clock.ts'
import { type AttemptEnd, aborted, refused, returned, threw } from './attempt-end.ts'
import type { RunningTask } from './running-task.ts'

/** Wraps each run, for example with a session or a trace. Must call `next` once and return what it returns. */
export type AroundRun = (context: TaskContext, next: () => Promise<unknown>) => Promise<unknown>

/** What an attempt needs beside its task. */
export interface AttemptOptions {
  readonly registry: TaskRegistry
  readonly clock: Clock
  readonly random: () => number
  readonly around: readonly AroundRun[]
  /** A task nobody knows is given back until it is this old, in milliseconds. */
  readonly unknownTaskMs: number
  /** How long a task may go on after it was asked to stop, in milliseconds; then its slot goes on without it. */
  readonly abandonMs: number
}

/** How long a task nobody here knows is left to others before somebody looks again. */
const UNKNOWN_TASK_DELAY_MS = 5_000

/** Runs one attempt to its end. Never throws. */
export async function runAttempt(task: RunningTask, options: AttemptOptions): Promise<AttemptEnd> {
  const { claim } = task
  const definition = options.registry.get(claim.taskName)
  if (definition === undefined) return unknownTask(task, options)
  let parameters: unknown
  try {
    parameters = decodeJson(claim.parameters, 'parameters') ?? undefined
    if (definition.input !== null) parameters = await validateWith(definition.input, parameters, 'parameters')
  } catch (error) {
    return refused('undecodable', Report.fromError(error))
  }
  const attempt = { claim, definition, random: options.random }
  const stopTimer =
    definition.timeoutMs === null
      ? null
      : options.clock.setTimer(() => task.abort('timeout'), definition.timeoutMs)
  try {
    const value = await untilAbandoned(task, options, run(task, definition, parameters, options.around))
    if (value === ABANDONED) return aborted(attempt, task.abortCause ?? 'shutdown', task.ownReport)
    if (!(value instanceof Report) && task.ownReport === null) task.log.warn('The task returned no report.')
    const end = returned(attempt, value, task.ownReport)
    return end.to === 'completed' && definition.remote !== null
      ? await followRemote(task, definition, parameters, end)
      : end
  } catch (error) {
    if (task.abortCause !== null) return aborted(attempt, task.abortCause, task.ownReport)
    return threw(attempt, error, task.ownReport)
  } finally {
    stopTimer?.()
  }
}

function unknownTask({ claim }: RunningTask, { clock, unknownTaskMs }: AttemptOptions): AttemptEnd {
  if (clock.now() - claim.createdAt < unknownTaskMs) {
    return { to: 'release', reason: 'unknown_task', report: null, delayMs: UNKNOWN_TASK_DELAY_MS }
  }
  const message = `No worker knows a task named ${JSON.stringify(claim.taskName)}. Register it, then restart this one.`
  return refused('unknown_task', Report.error(message))
}

async function run(
  task: RunningTask,
  definition: AnyTaskDefinition,
  parameters: unknown,
  around: readonly AroundRun[],
): Promise<unknown> {
  const innermost = async (): Promise<unknown> => await definition.run(parameters, task)
  const wrapped = around.reduceRight<() => Promise<unknown>>(
    (next, wrap) => () => wrap(task, next),
    innermost,
  )
  return await runAsCurrentTask(task, wrapped)
}

const ABANDONED = Symbol('abandoned')

/** The task's result, or {@link ABANDONED} when it goes on for too long after it was asked to stop. */
function untilAbandoned(
  task: RunningTask,
  options: AttemptOptions,
  running: Promise<unknown>,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let cancelPatience: CancelTimer = () => {}
    const end =
      <Value>(settle: (value: Value) => void) =>
      (value: Value): void => {
        // A timer that is left over would keep a process alive that has nothing more to do.
        task.onAbort = () => {}
        cancelPatience()
        settle(value)
      }
    running.then(end(resolve), end(reject))
    task.onAbort = (cause) => {
      cancelPatience()
      const patience = cause === 'lease_lost' ? 0 : options.abandonMs
      cancelPatience = options.clock.setTimer(() => resolve(ABANDONED), patience)
    }
  })
}

async function followRemote(
  task: RunningTask,
  definition: AnyTaskDefinition,
  parameters: unknown,
  end: AttemptEnd,
): Promise<AttemptEnd> {
  const remote = definition.remote as NonNullable<AnyTaskDefinition['remote']>
  const status = await remote.status(parameters, task)
  if (status === 'created' || status === 'in_progress') {
    return { ...end, to: 'release', reason: 'remote_pending', delayMs: remote.intervalMs }
  }
  if (status === 'completed') return end
  const report = Report.error(`The remote task is ${status}.`)
  return { to: 'failed', reason: 'remote_failed', report: encodeReport(report), delayMs: 0 }
}
