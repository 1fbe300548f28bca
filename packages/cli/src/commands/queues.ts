import { ACTION_INPUTS } from '../command/action-inputs.ts'
import { type Command, type CommandGroup, command } from '../command/command.ts'
import { texts } from '../command/inputs.ts'
import type { QueueOptions } from './queues/named-queues.ts'
import type { PurgeOptions } from './queues/purge.ts'

const QUEUES = texts('<queues...>', 'names of queues')

const listQueues: Command = command<object>({
  name: 'list',
  summary: 'Lists queues: what is ready, held, due later, and since when',
  inputs: {},
  load: () => import('./queues/list.ts'),
})

const pause: Command = command<QueueOptions>({
  name: 'pause',
  summary: 'Lets no more tasks of queues begin, on any worker',
  inputs: { queues: QUEUES },
  load: () => import('./queues/pause.ts'),
})

const resume: Command = command<QueueOptions>({
  name: 'resume',
  summary: 'Lets tasks of queues begin again',
  inputs: { queues: QUEUES },
  load: () => import('./queues/resume.ts'),
})

const purge: Command = command<PurgeOptions>({
  name: 'purge',
  summary: 'Cancels all that waits in queues; what runs goes on',
  inputs: { queues: QUEUES, ...ACTION_INPUTS },
  load: () => import('./queues/purge.ts'),
})

const init: Command = command<object>({
  name: 'init',
  summary: "Makes the configuration's queues known to the log, with their limits",
  inputs: {},
  load: () => import('./queues/init.ts'),
})

/** Everything about queues. */
export const queues: CommandGroup = {
  name: 'queues',
  summary: 'Lists, pauses, resumes and purges queues',
  commands: [listQueues, pause, resume, purge, init],
}
