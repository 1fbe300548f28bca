import { setImmediate } from 'node:timers/promises'
import { explainTask } from '@waybill/broker-durable'
import type { ClaimableTaskLogBroker, TaskLog, TaskLogFilter } from '@waybill/core'
import type { ActionOptions } from '../../command/action-inputs.ts'
import type { CommandContext } from '../../command/command-context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { formatCount, plural } from '../../output/moments.ts'
import { type StuckOptions, stuckTasks } from './stuck-tasks.ts'

/** Options of `waybill stuck restart`. */
export interface StuckRestartOptions extends StuckOptions, ActionOptions {
  readonly force: boolean
}

const PAGE = 500
const RECOVERY = { limit: PAGE, baseDelayMs: 1_000, maxDelayMs: 60_000 }

/** Gives tasks that are stuck back to their queues, and says of the others why they still wait. */
export async function run(context: CommandContext, options: StuckRestartOptions): Promise<ExitCode> {
  const { output } = context
  const log = await context.taskLog()
  const broker = await context.claimableBroker()
  const filter = await stuckTasks(log, options)
  const total = await log.count(filter)
  const what = plural(total, 'stuck task')
  if (options.dryRun) {
    if (context.options.json) await output.json({ dryRun: true, matching: total })
    else output.talk(`Would restart ${what}. See them: waybill stuck list`)
    return EXIT.done
  }
  if (total > 0 && !options.yes && !(await context.confirm(`Restart ${what}?`))) {
    output.talk('Nothing was done.')
    return EXIT.failed
  }
  if (options.force) await retireHolders(log, broker, filter, context.signal)
  await recoverAll(broker, context.signal)
  const left = await reasons(log, filter, context.signal)
  const remaining = [...left.values()].reduce((sum, count) => sum + count, 0)
  const restarted = Math.max(0, total - remaining)
  if (context.options.json) {
    await output.json({ restarted, skipped: remaining, skippedBy: Object.fromEntries(left) })
  } else {
    const why = [...left].map(([code, count]) => `${formatCount(count)} ${WHY[code] ?? code}`).join(', ')
    output.talk(
      `${plural(restarted, 'task')} given back${remaining === 0 ? '' : `; ${formatCount(remaining)} skipped: ${why}`}`,
    )
  }
  return EXIT.done
}

const WHY: Readonly<Record<string, string>> = {
  paused: 'in a paused queue (waybill queues resume)',
  queue_limit: 'in a queue that is at its limit',
  no_worker: 'in a queue without a worker (waybill worker)',
  unknown_to_workers: 'that no worker knows',
  waits_its_turn: 'behind others',
  fetched: 'fetched by a worker that is alive',
  running: 'running on a worker that is alive (--force takes them from it)',
  worker_dead: 'held by a worker whose lease has not run out',
}

/** What their holders hold goes back to its queues; what they still write is refused. */
async function retireHolders(
  log: TaskLog,
  broker: ClaimableTaskLogBroker,
  filter: TaskLogFilter,
  signal: AbortSignal,
): Promise<void> {
  const held = filter.in('status', ['dequeued', 'running']).limit(PAGE)
  const holders = new Set<string>()
  for await (const page of log.pages(held.deselect('parameters', 'metadata', 'report'))) {
    for (const { worker } of page) if (worker !== null) holders.add(worker)
  }
  for (const worker of holders) {
    signal.throwIfAborted()
    await broker.retire(worker)
  }
}

/** What every worker does now and then: takes tasks from the dead. */
async function recoverAll(broker: ClaimableTaskLogBroker, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted()
    const recovered = await broker.recover(RECOVERY)
    if (recovered.length < PAGE) return
  }
}

/** Why the tasks that match still do, counted by code. Those that are alike wait for the same reason: one is asked. */
async function reasons(
  log: TaskLog,
  filter: TaskLogFilter,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const codes = new Map<string, Promise<string>>()
  const counts = new Map<string, number>()
  for await (const page of log.pages(filter.limit(PAGE).deselect('parameters', 'metadata', 'report'))) {
    for (const { id, status, queue, taskName, worker } of page) {
      const kind = [status, queue, taskName, worker].join(' ')
      if (!codes.has(kind))
        codes.set(
          kind,
          explainTask(log.broker, id).then(({ code }) => code),
        )
      const code = (await codes.get(kind)) as string
      counts.set(code, (counts.get(code) ?? 0) + 1)
    }
    // A synchronous driver lets no signal in by itself.
    await setImmediate()
    signal.throwIfAborted()
  }
  return counts
}
