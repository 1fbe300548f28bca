import { isEnded, type TaskLogEntity, TaskLogFilter, WaybillError } from '@waybill/core'
import { type Migrations, workOn } from '@waybill/migration'
import type { CommandContext } from '../../command/command-context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { hideMembers } from '../../task/hide-members.ts'
import { renderReport } from '../../task/report-tree.ts'
import { SUMMARY_MEMBERS, taskJson } from '../../task/task-json.ts'
import { MigrationProgress } from './migration-progress.ts'
import type { PlanOptions } from './plan.ts'

/** Options of `waybill migrations run`. */
export interface RunCommandOptions extends PlanOptions {
  readonly concurrency: number | undefined
  readonly dryRun: boolean
  readonly detach: boolean
}

/** Begins a run, or goes on with the one that is open, works on it here and shows what came of it. */
export async function run(context: CommandContext, options: RunCommandOptions): Promise<ExitCode> {
  const { name, concurrency, detach } = options
  const { output, signal } = context
  const migrations = await context.migrations()
  if (!options.restart && !options.dryRun) {
    const { done, reason } = await migrations.ensure(name)
    if (done) {
      output.talk(`${reason} To do it again, say --restart.`)
      return EXIT.done
    }
  }
  const id = await begin(migrations, options)
  if (detach) {
    if (context.options.json) await output.json({ migration: name, run: id })
    else await output.line(id)
    return EXIT.done
  }
  const progress = new MigrationProgress(output)
  const entry = await workOn(migrations, name, id, {
    signal,
    onStatus: (status) => (options.dryRun ? undefined : progress.show(status)),
    ...(concurrency !== undefined && { concurrency }),
  }).finally(() => progress.end())
  if (!isEnded(entry.status))
    output.talk(`${name} is left to workers; see: waybill migrations status ${name}`)
  signal.throwIfAborted()
  await show(context, entry)
  return entry.outcome === 'completed' ? EXIT.done : EXIT.failed
}

/** A run that is open, for example because the process that worked on it was killed, is gone on with. */
async function begin(migrations: Migrations, options: RunCommandOptions): Promise<string> {
  const { name, ranges, restart, dryRun } = options
  const cut = ranges === undefined ? {} : { ranges }
  if (dryRun) return (await migrations.dryRun(name, cut)).id
  const { run, state } = await migrations.status(name)
  const isOpen = run !== null && !['never', 'completed', 'failed', 'cancelled'].includes(state)
  if (isOpen && !restart) return run
  if (isOpen) throw new WaybillError('not_allowed', `${name} is running: cancel it before you restart it`)
  return (await migrations.run(name, { restart, ...cut })).id
}

async function show(context: CommandContext, run: TaskLogEntity): Promise<void> {
  const { output } = context
  const { redact } = (await context.config()).config
  const filter = new TaskLogFilter().eq('parentId', run.id).limit(300)
  const children = [...(await (await context.taskLog()).search(filter))].reverse()
  const telling = children.filter(
    ({ taskName, outcome }) => taskName.endsWith('.evidence') || outcome === 'failed',
  )
  const shown = telling.length === 0 ? [run] : telling
  if (context.options.json) {
    const members = [...SUMMARY_MEMBERS, 'report'] as const
    await output.json({
      ...taskJson(run, members, redact),
      children: telling.map((child) => taskJson(child, members, redact)),
    })
    return
  }
  const { colours } = output
  const clean = (data: unknown): unknown => hideMembers(data, redact)
  for (const { report } of shown)
    if (report) await output.line(renderReport(report, { colours, clean, indent: '' }))
}
