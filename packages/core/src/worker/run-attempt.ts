import { decodeJson } from '../json/decode.ts'
import { Report } from '../report/report.ts'
import { validateWith } from '../schema/validate.ts'
import { runAsCurrentTask } from '../task/current-task.ts'
import type { TaskContext } from '../task/task-context.ts'
import type { TaskRegistry } from '../task/task-registry.ts'
import type { AnyTaskDefinition } from '../task/task-types.ts'
import type { CancelTimer, Clock } from '../time/clock.ts'
import { type AttemptEnd, aborted, failed, returned, threw } from './attempt-end.ts'
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

/**
 * Runs one attempt to its end; the end itself where the task answered at once: thousands of short tasks that make no
 * promise need none. Never throws.
 */
export function runAttempt(task: RunningTask, options: AttemptOptions): AttemptEnd | Promise<AttemptEnd> {
  const { claim } = task
  const definition = options.registry.get(claim.taskName)
  if (definition === undefined) return unknownTask(task, options)
  let parameters: unknown
  try {
    parameters = decodeJson(claim.parameters, 'parameters') ?? undefined
  } catch (error) {
    return undecodable(error)
  }
  if (definition.input === null) return attempt(task, definition, parameters, options)
  return validateWith(definition.input, parameters, 'parameters').then(
    (checked) => attempt(task, definition, checked, options),
    undecodable,
  )
}

function undecodable(error: unknown): AttemptEnd {
  return failed('undecodable', Report.fromError(error))
}

function unknownTask({ claim }: RunningTask, { clock, unknownTaskMs }: AttemptOptions): AttemptEnd {
  if (clock.now() - claim.createdAt < unknownTaskMs) {
    return { to: 'release', reason: 'unknown_task', report: null, delayMs: UNKNOWN_TASK_DELAY_MS }
  }
  const message = `No worker knows a task named ${JSON.stringify(claim.taskName)}. Register it, then restart this one.`
  return failed('unknown_task', Report.error(message))
}

function attempt(
  task: RunningTask,
  definition: AnyTaskDefinition,
  parameters: unknown,
  options: AttemptOptions,
): AttemptEnd | Promise<AttemptEnd> {
  const { clock, random, around, abandonMs } = options
  const { timeoutMs } = definition
  const attempt = { claim: task.claim, definition, random }
  const stopTimer = timeoutMs === null ? null : clock.setTimer(() => task.abort('timeout'), timeoutMs)
  const throws = (error: unknown): AttemptEnd =>
    task.abortCause === null
      ? threw(attempt, error, task.ownReport)
      : aborted(attempt, task.abortCause, task.ownReport)
  const returns = (value: unknown): AttemptEnd | Promise<AttemptEnd> => {
    if (!(value instanceof Report) && task.ownReport === null)
      task.write('warn', 'The task returned no report.')
    const end = returned(attempt, value, task.ownReport)
    if (end.to !== 'completed' || definition.remote === null) return end
    return followRemote(task, definition, parameters, end).catch(throws)
  }
  let result: unknown
  try {
    result = runAsCurrentTask(task, () => run(task, definition, parameters, around))
    if (!isThenable(result)) {
      const end = returns(result)
      stopTimer?.()
      return end
    }
  } catch (error) {
    stopTimer?.()
    return throws(error)
  }
  const running = Promise.resolve(result).then(returns).catch(throws)
  const abandoned = (): AttemptEnd => aborted(attempt, task.abortCause ?? 'shutdown', task.ownReport)
  return new Promise((resolve) => {
    let cancelPatience: CancelTimer = () => {}
    const end = (value: AttemptEnd): void => {
      // A timer that is left over would keep a process alive that has nothing more to do.
      task.onAbort = () => {}
      cancelPatience()
      stopTimer?.()
      resolve(value)
    }
    void running.then(end)
    task.onAbort = (cause) => {
      cancelPatience()
      cancelPatience = clock.setTimer(() => end(abandoned()), cause === 'lease_lost' ? 0 : abandonMs)
    }
  })
}

function run(
  task: RunningTask,
  definition: AnyTaskDefinition,
  parameters: unknown,
  around: readonly AroundRun[],
): unknown {
  if (around.length === 0) return definition.run(parameters, task)
  const innermost = async (): Promise<unknown> => await definition.run(parameters, task)
  const wrapped = around.reduceRight<() => Promise<unknown>>(
    (next, wrap) => () => wrap(task, next),
    innermost,
  )
  return wrapped()
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
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
  return failed('remote_failed', Report.error(`The remote task is ${status}.`))
}
