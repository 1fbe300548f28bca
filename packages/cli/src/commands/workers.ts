import { type Command, type CommandGroup, command } from '../command/command.ts'

const listWorkers: Command = command<object>({
  name: 'list',
  summary: 'Lists workers: what they work on, what they hold, when they were last heard of',
  inputs: {},
  load: () => import('./workers/list.ts'),
})

/** Everything about workers. */
export const workers: CommandGroup = { name: 'workers', summary: 'Lists workers', commands: [listWorkers] }
