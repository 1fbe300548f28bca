import { type Command, command } from '../command/command.ts'

/** `waybill info`. */
export const info: Command = command<object>({
  name: 'info',
  summary: 'Prints versions, configuration and task log, for bug reports; no secrets',
  inputs: {},
  load: () => import('./info/info.ts'),
})
