import { hasSchema, NotSupportedError, type SchemaTaskLog, type TaskLogBroker } from '@waybill/core'
import type { CommandContext } from '../../command/command-context.ts'

/** The log, which has tables. @throws NotSupportedError when it has none */
export async function schemaLog(context: CommandContext): Promise<TaskLogBroker & SchemaTaskLog> {
  const log = await context.broker()
  if (hasSchema(log)) return log
  throw new NotSupportedError(`The ${log.id} task log`, 'a schema', 'It has no tables to care for.')
}
