import { TaskLogFilter } from '@waybill/core'
import type { ActionOptions } from '../../command/action-inputs.ts'
import type { CommandContext } from '../../command/command-context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { formatCount, plural } from '../../output/moments.ts'
import { Progress } from '../../output/progress.ts'
import { namedQueues, type QueueOptions } from './named-queues.ts'

/** Options of `waybill queues purge`. */
export interface PurgeOptions extends QueueOptions, ActionOptions {}

const PAGE_SIZE = 500

/** Cancels all that waits in queues; what runs goes on. */
export async function run(context: CommandContext, options: PurgeOptions): Promise<ExitCode> {
  const { output, signal } = context
  const queues = await namedQueues(context, options)
  const log = await context.taskLog()
  const waiting = new TaskLogFilter().in('queue', queues).eq('status', 'enqueued')
  const total = await log.count(waiting)
  const what = `${plural(total, 'waiting task')} of ${queues.join(', ')}`
  if (options.dryRun) {
    if (context.options.json) await output.json({ dryRun: true, matching: total })
    else output.talk(`Would cancel ${what}.`)
    return EXIT.done
  }
  if (total > 0 && !options.yes && !(await context.confirm(`Cancel ${what}?`))) {
    output.talk('Nothing was done.')
    return EXIT.failed
  }
  const progress = new Progress(output, { label: 'Purging', total })
  let cancelled = 0
  let started = 0
  try {
    const pages = waiting.sortBy('id').limit(PAGE_SIZE).deselect('parameters', 'metadata', 'report')
    for await (const page of log.pages(pages)) {
      signal.throwIfAborted()
      const ids = page.items.map(({ id }) => id)
      const moved =
        ids.length === 0
          ? []
          : await log.broker.transition({
              ids,
              event: 'cancel',
              // A worker may have claimed one since it was read: that one goes on.
              from: ['enqueued'],
              reason: 'purged',
              report: null,
            })
      cancelled += moved.length
      started += ids.length - moved.length
      await progress.update(cancelled + started)
    }
  } finally {
    progress.end()
    const rest = started === 0 ? '' : `; ${formatCount(started)} had begun meanwhile and go on`
    if (!context.options.json) output.talk(`${plural(cancelled, 'task')} cancelled${rest}`)
  }
  if (context.options.json) await output.json({ cancelled, started })
  return EXIT.done
}
