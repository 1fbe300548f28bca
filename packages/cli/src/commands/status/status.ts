import { type Duration, durationMs, type QueueState, TaskLogFilter, type WorkerState } from '@waybill/core'
import type { CommandContext } from '../../command/command-context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { formatSpan, plural } from '../../output/moments.ts'
import { writeTable } from '../../output/table.ts'
import { QUEUE_COLUMNS, queueJson } from '../queues/queue-columns.ts'

/** Options of `waybill status`. */
export interface StatusOptions {
  readonly maxWait: Duration | undefined
  readonly maxFailed: number | undefined
  readonly minWorkers: number | undefined
}

/** What there is to know. */
interface Facts {
  readonly now: number
  readonly queues: readonly QueueState[]
  readonly workers: readonly WorkerState[]
  /** Tasks that failed in the last hour. */
  readonly failed: number
}

const HOUR_MS = 3_600_000

/** Says how the queues are, and whether that is within the bounds that were given. */
export async function run(context: CommandContext, options: StatusOptions): Promise<ExitCode> {
  const { output } = context
  const facts = await gather(context)
  const problems = check(facts, options)
  const alive = facts.workers.filter((worker) => worker.alive)
  if (context.options.json) {
    await output.json({
      ok: problems.length === 0,
      problems,
      queues: facts.queues.map(queueJson),
      workersAlive: alive.length,
      workersDead: facts.workers.length - alive.length,
      tasksHeld: sum(alive.map(({ held }) => held)),
      failedLastHour: facts.failed,
    })
  } else {
    await writeTable(output, QUEUE_COLUMNS, facts.queues)
    const dead = facts.workers.length - alive.length
    const of = dead === 0 ? '' : `, ${dead} not heard of`
    const held = sum(alive.map((worker) => worker.held))
    await output.line(
      `workers: ${alive.length} alive${of}; tasks held: ${held}; failed in the last hour: ${facts.failed}`,
    )
    for (const problem of problems) output.talk(output.talkColours.red(problem))
  }
  return problems.length === 0 ? EXIT.done : EXIT.check
}

async function gather(context: CommandContext): Promise<Facts> {
  const broker = await context.claimableBroker()
  const log = await context.taskLog()
  const now = await broker.now()
  const recent = new TaskLogFilter().eq('outcome', 'failed').gte('finishedAt', Math.max(0, now - HOUR_MS))
  const [queues, workers, failed] = await Promise.all([
    broker.queueStates(),
    broker.workerStates(),
    log.count(recent),
  ])
  return { now, queues, workers, failed }
}

function check({ now, queues, workers, failed }: Facts, options: StatusOptions): readonly string[] {
  const problems: string[] = []
  const { maxWait, maxFailed, minWorkers } = options
  const maxWaitMs = maxWait === undefined ? Number.POSITIVE_INFINITY : durationMs(maxWait, '--max-wait')
  for (const { queue, oldestReadyAt } of queues) {
    const waited = oldestReadyAt === null ? 0 : now - oldestReadyAt
    if (waited > maxWaitMs) {
      problems.push(
        `queue ${queue}: a task has waited for ${formatSpan(waited)}, more than ${String(maxWait)}`,
      )
    }
  }
  if (maxFailed !== undefined && failed > maxFailed) {
    problems.push(`${plural(failed, 'task')} failed in the last hour, more than ${maxFailed}`)
  }
  const alive = workers.filter((worker) => worker.alive).length
  if (minWorkers !== undefined && alive < minWorkers) {
    problems.push(`${plural(alive, 'worker')} alive, fewer than ${minWorkers}`)
  }
  return problems
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
