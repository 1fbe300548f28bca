import { ACTION_INPUTS, type ActionOptions } from '../command/action-inputs.ts'
import { type Command, type CommandGroup, command } from '../command/command.ts'
import { flag } from '../command/inputs.ts'
import type { SchemaUpOptions } from './schema/up.ts'

const up: Command = command<SchemaUpOptions>({
  name: 'up',
  summary: 'Creates the tables of the task log, or brings them up to date',
  description: 'Safe to call again, and from several places at once; it drops nothing.',
  inputs: { dryRun: flag('--dry-run', 'says which steps it would take, and takes none') },
  load: () => import('./schema/up.ts'),
})

const schemaStatus: Command = command<object>({
  name: 'status',
  summary: 'Says whether the tables fit this release; answers 3 when they do not',
  inputs: {},
  load: () => import('./schema/status.ts'),
})

const sql: Command = command<object>({
  name: 'sql',
  summary: 'Prints the SQL that makes the tables, for those who run it themselves',
  inputs: {},
  load: () => import('./schema/sql.ts'),
})

const down: Command = command<ActionOptions>({
  name: 'down',
  summary: 'Drops the tables of the task log, with every task in them',
  inputs: ACTION_INPUTS,
  load: () => import('./schema/down.ts'),
})

/** `waybill schema doctor`, and `waybill doctor`. */
export const doctor: Command = command<object>({
  name: 'doctor',
  summary: 'Looks for what is not as this release made it; answers 3 when it finds something',
  inputs: {},
  load: () => import('./schema/doctor.ts'),
})

/** The log's tables. */
export const schema: CommandGroup = {
  name: 'schema',
  summary: "Creates, checks and drops the task log's tables",
  commands: [up, schemaStatus, sql, down, doctor],
}
