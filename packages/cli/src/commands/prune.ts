import { ACTION_INPUTS } from '../command/action-inputs.ts'
import { type Command, command } from '../command/command.ts'
import { duration, list } from '../command/inputs.ts'
import type { PruneCommandOptions } from './prune/prune.ts'

/** `waybill prune`. */
export const prune: Command = command<PruneCommandOptions>({
  name: 'prune',
  summary: 'Deletes tasks that ended long ago, children before their parents',
  inputs: {
    olderThan: duration('--older-than <time>', 'that ended at least so long ago, as 30d (required)'),
    status: list('-s, --status <statuses>', 'only these: completed, failed, cancelled, archived'),
    ...ACTION_INPUTS,
  },
  examples: [
    ['waybill prune --older-than 30d --dry-run', 'how many would go'],
    ['waybill prune --older-than 7d --status completed --yes', 'from a script'],
  ],
  load: () => import('./prune/prune.ts'),
})
