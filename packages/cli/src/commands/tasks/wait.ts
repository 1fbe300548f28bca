import { type Duration, type TaskLogEntity, WaybillError } from '@waybill/core'
import type { CommandContext } from '../../command/command-context.ts'
import { CliError } from '../../errors/cli-error.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import type { ViewOptions } from '../../filter/filter-inputs.ts'
import { type TaskView, viewAs } from '../../filter/task-view.ts'
import { hideMembers } from '../../task/hide-members.ts'
import { renderReport } from '../../task/report-tree.ts'
import { colourStatus } from '../../task/task-columns.ts'
import { SUMMARY_MEMBERS, taskJson } from '../../task/task-json.ts'

/** Options of `waybill tasks wait`. */
export interface WaitCommandOptions extends ViewOptions {
  readonly ids: readonly string[]
  readonly timeout: Duration | undefined
}

/** Waits until tasks have ended. */
export async function run(context: CommandContext, options: WaitCommandOptions): Promise<ExitCode> {
  const view = viewAs(await context.taskLog(), options)
  return await waitAndShow(context, view, options.ids, options.timeout)
}

/** Waits until tasks have ended and shows what came of them; the check says no when one did not complete. */
export async function waitAndShow(
  context: CommandContext,
  view: TaskView,
  ids: readonly string[],
  timeout: Duration | undefined,
): Promise<ExitCode> {
  const { output, signal } = context
  const entities = await untilEnded(view, ids, timeout, signal)
  const { redact } = (await context.config()).config
  if (context.options.json) {
    const members = [...SUMMARY_MEMBERS, 'report'] as const
    await output.json({ tasks: entities.map((entity) => taskJson(entity, members, redact)) })
  } else {
    const { colours } = output
    for (const entity of entities) {
      const { id, status, report } = entity
      await output.line(`${id} ${colourStatus(status, status, colours)}`)
      const clean = (data: unknown): unknown => hideMembers(data, redact)
      if (report) await output.line(renderReport(report, { colours, clean, indent: '  ' }))
    }
  }
  return entities.every(({ outcome }) => outcome === 'completed') ? EXIT.done : EXIT.check
}

async function untilEnded(
  view: TaskView,
  ids: readonly string[],
  timeout: Duration | undefined,
  signal: AbortSignal,
): Promise<readonly TaskLogEntity[]> {
  try {
    return await view.wait(ids, timeout === undefined ? { signal } : { signal, timeout })
  } catch (error) {
    if (!WaybillError.isInstance(error, 'aborted')) throw error
    throw new CliError(error.message, EXIT.timedOut, { cause: error })
  }
}
