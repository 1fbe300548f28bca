import { ACTION_INPUTS } from '../command/action-inputs.ts'
import { type Command, type CommandGroup, command } from '../command/command.ts'
import { duration, flag, type Inputs, integer, list } from '../command/inputs.ts'
import type { StuckListOptions } from './stuck/list.ts'
import type { StuckRestartOptions } from './stuck/restart.ts'
import type { StuckOptions } from './stuck/stuck-tasks.ts'

const STUCK_INPUTS: Inputs<StuckOptions> = {
  queue: list('-q, --queue <queues>', 'only in these queues'),
  age: duration('--age <time>', 'unchanged for at least so long (default: 1h)'),
  name: list('-n, --name <names>', 'only of these names; * stands for anything'),
}

const listStuck: Command = command<StuckListOptions>({
  name: 'list',
  summary: 'Lists tasks that should have gone on long ago, each with why it has not',
  inputs: {
    ...STUCK_INPUTS,
    limit: integer('--limit <count>', 'at most so many (default: 20)', { min: 1, max: 1_000 }),
  },
  load: () => import('./stuck/list.ts'),
})

const restart: Command = command<StuckRestartOptions>({
  name: 'restart',
  summary: 'Gives tasks that are stuck back to their queues',
  description:
    'Tasks of dead workers go back at once. With --force the workers that hold stuck ones are taken for dead: all they hold goes back, and what they still write is refused.',
  inputs: {
    ...STUCK_INPUTS,
    force: flag('--force', 'also those that a living worker holds'),
    ...ACTION_INPUTS,
  },
  load: () => import('./stuck/restart.ts'),
})

/** Stuck tasks. */
export const stuck: CommandGroup = {
  name: 'stuck',
  summary: 'Lists and restarts tasks that are stuck',
  commands: [listStuck, restart],
}
