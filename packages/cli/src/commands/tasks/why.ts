import { explainTask } from '@waybill/broker-durable'
import type { CommandContext } from '../../command/command-context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import type { ViewOptions } from '../../filter/filter-inputs.ts'
import { viewAs } from '../../filter/task-view.ts'
import { writeDetails } from '../../output/details.ts'
import { escapeControl } from '../../output/escape.ts'
import { colourStatus } from '../../task/task-columns.ts'

/** Options of `waybill tasks why`. */
export interface WhyOptions extends ViewOptions {
  readonly id: string
}

/** Explains why a task is not running. */
export async function run(context: CommandContext, options: WhyOptions): Promise<ExitCode> {
  const { output } = context
  const log = await context.taskLog()
  const { id } = await viewAs(log, options).getById(options.id)
  const explanation = await explainTask(log.broker, id)
  if (context.options.json) {
    await output.json(explanation)
    return EXIT.done
  }
  const { status, answer, facts } = explanation
  await output.line(`${colourStatus(status, status, output.colours)} ${escapeControl(answer)}`)
  await writeDetails(
    output,
    Object.entries(facts).map(([name, value]) => [name, value === null ? null : String(value)]),
  )
  return EXIT.done
}
