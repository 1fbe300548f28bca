import { type BulkOptions, type BulkOutcome, type SkipReason, TaskLogFilter } from '@waybill/core'
import type { ActionOptions } from '../../command/action-inputs.ts'
import type { CommandContext } from '../../command/command-context.ts'
import { UsageError } from '../../errors/cli-error.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import type { FilterOptions, ViewOptions } from '../../filter/filter-inputs.ts'
import { choosesSome } from '../../filter/task-filter.ts'
import { type TaskView, taskView } from '../../filter/task-view.ts'
import { formatCount, plural } from '../../output/moments.ts'
import { Progress } from '../../output/progress.ts'
import { writeTable } from '../../output/table.ts'
import { TASK_COLUMNS } from '../../task/task-columns.ts'

/** Options of the commands that change tasks. */
export interface ActOptions extends FilterOptions, ViewOptions, ActionOptions {
  readonly ids: readonly string[]
  readonly all: boolean
}

/** Something that is done to all tasks that match. */
export interface Action {
  /** In its three forms, for people. */
  readonly verb: string
  readonly doing: string
  readonly done: string
  /** It asks even when tasks are named. */
  readonly final?: boolean
  /** Does it. */
  readonly all: (view: TaskView, filter: TaskLogFilter, options: BulkOptions) => Promise<BulkOutcome>
}

const SHOWN = 20

const NOTHING: BulkOutcome = { done: 0, requested: 0, skippedCount: 0, skippedBy: {}, skipped: [] }

const REASONS: Readonly<Record<SkipReason, string>> = {
  missing: 'not there any more',
  done_already: 'already so',
  in_progress: 'in progress',
  ended: 'ended',
  not_failed: 'neither failed nor cancelled',
  parent_ended: 'child of a task that has ended',
  has_children: 'has children that stay',
  changed: 'changed meanwhile',
}

/** Does something to the tasks that are named, or to all that match; says what was done, and what was not and why. */
export async function act(context: CommandContext, options: ActOptions, action: Action): Promise<ExitCode> {
  const { view, filter } = await chosen(context, options, action)
  const total = await view.count(filter)
  const missing = Math.max(0, new Set(options.ids).size - total)
  if (options.dryRun)
    return await preview(context, view, filter, `Would ${action.verb} ${plural(total, 'task')}.`)
  const asks = action.final === true || options.ids.length === 0
  if (total > 0 && asks && !options.yes) {
    const question = `${capitalised(action.verb)} ${plural(total, 'task')}?`
    if (!(await context.confirm(question))) {
      context.output.talk('Nothing was done.')
      return EXIT.failed
    }
  }
  const outcome = total === 0 ? NOTHING : await doAll(context, view, filter, action, total)
  await say(context, outcome, missing, action)
  if (missing > 0) return EXIT.notFound
  const left = outcome.skippedCount - (outcome.skippedBy.done_already ?? 0)
  return left > 0 && options.ids.length > 0 ? EXIT.failed : EXIT.done
}

async function chosen(
  context: CommandContext,
  options: ActOptions,
  { verb }: Action,
): Promise<{ readonly view: TaskView; readonly filter: TaskLogFilter }> {
  const ways = [options.ids.length > 0, options.all, choosesSome(options)].filter((way) => way)
  if (ways.length !== 1) {
    throw new UsageError(
      `which tasks to ${verb}? Name ids, or choose by flags such as --status, or say --all`,
    )
  }
  const { view, filter } = await taskView(context, options)
  return { view, filter: options.ids.length === 0 ? filter : new TaskLogFilter().in('id', options.ids) }
}

async function preview(
  context: CommandContext,
  view: TaskView,
  filter: TaskLogFilter,
  sentence: string,
): Promise<ExitCode> {
  const { output } = context
  if (context.options.json) {
    await output.json({ dryRun: true, matching: await view.count(filter) })
    return EXIT.done
  }
  const page = await view.search(filter.limit(SHOWN).deselect('parameters', 'metadata', 'report'))
  await writeTable(output, TASK_COLUMNS, page.items)
  output.talk(page.nextCursor === null ? sentence : `${sentence} The first ${SHOWN} are shown.`)
  return EXIT.done
}

async function doAll(
  context: CommandContext,
  view: TaskView,
  filter: TaskLogFilter,
  action: Action,
  total: number,
): Promise<BulkOutcome> {
  const progress = new Progress(context.output, { label: action.doing, total })
  let soFar: BulkOutcome = NOTHING
  try {
    return await action.all(view, filter, {
      signal: context.signal,
      onProgress: (outcome) => {
        soFar = outcome
        return progress.update(outcome.done + outcome.requested + outcome.skippedCount)
      },
    })
  } catch (error) {
    progress.end()
    await say(context, soFar, 0, action).catch(() => {})
    throw error
  } finally {
    progress.end()
  }
}

async function say(
  { output, options }: CommandContext,
  { done, requested, skippedCount, skippedBy, skipped }: BulkOutcome,
  missing: number,
  action: Action,
): Promise<void> {
  if (options.json) {
    await output.json({ done, requested, skipped: skippedCount, skippedBy, missing, tasks: skipped })
    return
  }
  const asked = requested === 0 ? [] : [`${formatCount(requested)} asked to stop`]
  const why = Object.entries(skippedBy)
    .map(([reason, count]) => `${formatCount(count)} ${REASONS[reason as SkipReason]}`)
    .join(', ')
  const left = skippedCount === 0 ? [] : [`${formatCount(skippedCount)} skipped: ${why}`]
  const gone = missing === 0 ? [] : [`${formatCount(missing)} not found`]
  output.talk([`${plural(done, 'task')} ${action.done}`, ...asked, ...left, ...gone].join('; '))
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
