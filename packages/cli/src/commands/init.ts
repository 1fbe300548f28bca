import { type Command, command } from '../command/command.ts'
import { choice, flag } from '../command/inputs.ts'
import type { InitOptions } from './init/init.ts'

/** `waybill init`. */
export const init: Command = command<InitOptions>({
  name: 'init',
  summary: 'Writes a configuration and a first task, and installs what they need',
  inputs: {
    database: choice('--database <kind>', 'what keeps the tasks', ['sqlite', 'postgres', 'mysql']),
    noInstall: flag('--no-install', 'installs nothing, says what to install'),
    yes: flag('-y, --yes', 'does not ask', { variable: 'WAYBILL_YES' }),
  },
  examples: [['waybill init --yes --database sqlite', 'from a script']],
  load: () => import('./init/init.ts'),
})
