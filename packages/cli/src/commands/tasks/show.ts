import { isEnded, type TaskLogEntity, TaskLogFilter, type TaskStatus } from '@waybill/core'
import type { CommandContext } from '../../command/command-context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import type { ViewOptions } from '../../filter/filter-inputs.ts'
import { type TaskView, viewAs } from '../../filter/task-view.ts'
import { writeDetails } from '../../output/details.ts'
import { safeJson } from '../../output/escape.ts'
import { plural } from '../../output/moments.ts'
import { writeTable } from '../../output/table.ts'
import { hideMembers } from '../../task/hide-members.ts'
import { progressText } from '../../task/progress-text.ts'
import { renderReport } from '../../task/report-tree.ts'
import { colourStatus, TASK_COLUMNS } from '../../task/task-columns.ts'
import { PAYLOAD_MEMBERS, SUMMARY_MEMBERS, taskJson } from '../../task/task-json.ts'
import { renderTimeline } from '../../task/timeline.ts'

/** Options of `waybill tasks show`. */
export interface ShowOptions extends ViewOptions {
  readonly id: string
}

const CHILDREN_SHOWN = 10

/** Shows one task: its facts, timeline, parameters, report and children. */
export async function run(context: CommandContext, options: ShowOptions): Promise<ExitCode> {
  const { output } = context
  const view = viewAs(await context.taskLog(), options)
  const entity = await view.getById(options.id)
  const { redact } = (await context.config()).config
  if (context.options.json) {
    await output.json(taskJson(entity, [...SUMMARY_MEMBERS, ...PAYLOAD_MEMBERS], redact))
    return EXIT.done
  }
  const { colours, surroundings } = output
  await output.line(`${colours.bold(colourStatus(entity.status, entity.status, colours))} ${entity.id}`)
  await writeDetails(output, detailsOf(entity, redact))
  await output.line(`\n${colours.bold('Timeline')}`)
  await output.line(renderTimeline(entity, colours, surroundings.width))
  if (entity.report) {
    await output.line(`\n${colours.bold('Report')}`)
    const clean = (data: unknown): unknown => hideMembers(data, redact)
    await output.line(renderReport(entity.report, { colours, clean, indent: '  ' }))
  }
  await writeChildren(context, view, entity)
  return EXIT.done
}

function detailsOf(
  entity: TaskLogEntity,
  redact: readonly string[] | undefined,
): readonly (readonly [string, string | null | undefined])[] {
  const { parameters, metadata, undecodable } = entity
  return [
    ['task', entity.taskName],
    ['label', entity.label],
    ['owner', entity.owner],
    ['queue', entity.queue],
    ['category', entity.category],
    ['parent', entity.parentId],
    ['reason', entity.reason],
    ['waits for', entity.hold],
    ['attempt', `${entity.attempt} of ${entity.maxAttempts}`],
    ['worker', entity.worker],
    ['cancel', entity.cancelRequested && !isEnded(entity.status) ? 'asked for' : null],
    ['progress', progressText(entity)],
    ['parameters', parameters === null ? null : safeJson(hideMembers(parameters, redact))],
    ['metadata', metadata === null ? null : safeJson(hideMembers(metadata, redact))],
    ['unreadable', undecodable.join(', ')],
  ]
}

async function writeChildren(
  { output }: CommandContext,
  view: TaskView,
  parent: TaskLogEntity,
): Promise<void> {
  if (!parent.record.hasChildren) return
  const children = new TaskLogFilter().eq('parentId', parent.id)
  const stats = await view.stats(children)
  const counts = Object.entries(stats).filter(([, count]) => count > 0) as [TaskStatus, number][]
  const total = counts.reduce((sum, [, count]) => sum + count, 0)
  const each = counts.map(([status, count]) => `${count} ${status}`).join(', ')
  await output.line(`\n${output.colours.bold('Children')} ${plural(total, 'task')}${each && `: ${each}`}`)
  const page = await view.search(
    children.sortBy('createdAt').limit(CHILDREN_SHOWN).deselect('parameters', 'metadata', 'report'),
  )
  await writeTable(output, TASK_COLUMNS, page.items)
  if (page.nextCursor !== null) output.talk(`All of them: waybill tasks list --parent ${parent.id}`)
}
