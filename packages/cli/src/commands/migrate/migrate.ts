import { type TaskLogEntity, TaskLogFilter } from '@waybill/core'
import type { CommandContext } from '../../command/command-context.ts'
import { UsageError } from '../../errors/cli-error.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { formatSpan } from '../../output/moments.ts'
import { hideMembers } from '../../task/hide-members.ts'
import { renderReport } from '../../task/report-tree.ts'
import { SUMMARY_MEMBERS, taskJson } from '../../task/task-json.ts'

/** Options of `waybill migrate`. */
export interface MigrateCommandOptions {
  readonly target: string
  readonly chunkSize: number | undefined
  readonly pickSize: number | undefined
  readonly repeat: boolean
  readonly customParameters: string | undefined
}

/** Spawns a migration task, works on its chain until it has ended, and shows time, memory and the task's report. */
export async function run(context: CommandContext, options: MigrateCommandOptions): Promise<ExitCode> {
  const { target, chunkSize = 10_000, pickSize = 0, repeat, customParameters = '' } = options
  if (target === '') throw new UsageError('expected --target, the name of a migration task')
  const { runChain, spawnMigration } = await import('@waybill/migration')
  const dispatcher = await context.dispatcher()
  const beganAt = performance.now()
  const { id } = await spawnMigration(dispatcher, {
    target,
    chunkSize,
    pickSize,
    repeat,
    customParameters: parseQuery(customParameters),
  })
  const first = await runChain(dispatcher, id, context.signal)
  context.signal.throwIfAborted()
  const { outcome } = first
  const failed = outcome === 'completed' ? [] : await failedOnes(context, id)
  await show(context, first, failed, performance.now() - beganAt)
  return outcome === 'completed' ? EXIT.done : EXIT.failed
}

/** The original's documentation has `\&`, which not every shell takes the backslash from. */
function parseQuery(query: string): Readonly<Record<string, string>> {
  return Object.fromEntries(new URLSearchParams(query.replaceAll('\\&', '&')))
}

async function failedOnes(context: CommandContext, first: string): Promise<readonly TaskLogEntity[]> {
  const children = new TaskLogFilter().eq('parentId', first).eq('status', 'failed').limit(10)
  return [...(await (await context.taskLog()).search(children))]
}

async function show(
  context: CommandContext,
  first: TaskLogEntity,
  failed: readonly TaskLogEntity[],
  tookMs: number,
): Promise<void> {
  const { output } = context
  const { redact } = (await context.config()).config
  // maxRSS is in kilobytes: https://nodejs.org/api/process.html#processresourceusage
  const peakMemory = process.resourceUsage().maxRSS * 1_024
  if (context.options.json) {
    const members = [...SUMMARY_MEMBERS, 'report'] as const
    const task = taskJson(first, members, redact)
    await output.json({
      tookMs: Math.round(tookMs),
      peakMemory,
      task,
      failed: failed.map((each) => taskJson(each, members, redact)),
    })
    return
  }
  const clean = (data: unknown): unknown => hideMembers(data, redact)
  const { colours } = output
  await output.line(`Operation took ${formatSpan(tookMs)} and ${Math.round(peakMemory / 2 ** 20)} MB`)
  for (const { report } of [first, ...failed]) {
    if (report) await output.line(renderReport(report, { colours, clean, indent: '  ' }))
  }
}
