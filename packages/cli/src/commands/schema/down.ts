import { WaybillError } from '@waybill/core'
import type { ActionOptions } from '../../command/action-inputs.ts'
import type { CommandContext } from '../../command/command-context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { plural } from '../../output/moments.ts'
import { schemaLog } from './schema-log.ts'

/** Drops the tables. */
export async function run(context: CommandContext, options: ActionOptions): Promise<ExitCode> {
  const { output } = context
  const log = await schemaLog(context)
  const tasks = await countTasks(context)
  const what = tasks === null ? 'the tables' : `the tables with ${plural(tasks, 'task')}`
  if (options.dryRun) {
    if (context.options.json) await output.json({ dryRun: true, tasks })
    else output.talk(`Would drop ${what}.`)
    return EXIT.done
  }
  if (!options.yes && !(await context.confirm(`Drop ${what}? Nothing brings them back.`))) {
    output.talk('Nothing was done.')
    return EXIT.failed
  }
  await log.dropContainer()
  if (context.options.json) await output.json({ dropped: true, tasks })
  else output.talk(`Dropped ${what}.`)
  return EXIT.done
}

/** Null where the tables cannot be read: missing, or of another release. */
async function countTasks(context: CommandContext): Promise<number | null> {
  try {
    return await (await context.taskLog()).count()
  } catch (error) {
    if (WaybillError.isInstance(error) && error.code.startsWith('schema_')) return null
    throw error
  }
}
