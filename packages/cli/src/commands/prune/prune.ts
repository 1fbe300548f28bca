import type { BulkOutcome, Duration, PruneOptions } from '@waybill/core'
import type { ActionOptions } from '../../command/action-inputs.ts'
import type { CommandContext } from '../../command/command-context.ts'
import { UsageError } from '../../errors/cli-error.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { formatCount, plural } from '../../output/moments.ts'
import { Progress } from '../../output/progress.ts'

/** Options of `waybill prune`. */
export interface PruneCommandOptions extends ActionOptions {
  readonly olderThan: Duration | undefined
  readonly status: readonly string[] | undefined
}

/** Deletes what ended long ago. */
export async function run(context: CommandContext, options: PruneCommandOptions): Promise<ExitCode> {
  const { output, signal } = context
  const { olderThan, status } = options
  if (olderThan === undefined) throw new UsageError('--older-than: expected a time such as 30d')
  // Core checks the words.
  const statuses = status as PruneOptions['statuses']
  const what: PruneOptions = { olderThan, ...(statuses === undefined ? {} : { statuses }) }
  const log = await context.taskLog()
  const { done: total } = await log.prune({ ...what, dryRun: true })
  if (options.dryRun) {
    if (context.options.json) await output.json({ dryRun: true, matching: total })
    else output.talk(`Would delete ${plural(total, 'task')}.`)
    return EXIT.done
  }
  if (total > 0 && !options.yes && !(await context.confirm(`Delete ${plural(total, 'task')}?`))) {
    output.talk('Nothing was done.')
    return EXIT.failed
  }
  const progress = new Progress(output, { label: 'Pruning', total })
  let soFar: Pick<BulkOutcome, 'done' | 'skippedCount'> = { done: 0, skippedCount: 0 }
  const onProgress = (outcome: BulkOutcome): Promise<void> => {
    soFar = outcome
    return progress.update(outcome.done + outcome.skippedCount)
  }
  try {
    soFar = await log.prune({ ...what, signal, onProgress })
  } finally {
    progress.end()
    const kept =
      soFar.skippedCount === 0 ? '' : `; ${formatCount(soFar.skippedCount)} kept: they have younger children`
    if (!context.options.json) output.talk(`${plural(soFar.done, 'task')} deleted${kept}`)
  }
  if (context.options.json) await output.json({ deleted: soFar.done, kept: soFar.skippedCount })
  return EXIT.done
}
