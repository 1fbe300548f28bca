import type { Command, CommandGroup } from '../command/command.ts'
import { bench } from './bench.ts'
import { completion } from './completion.ts'
import { info } from './info.ts'
import { init } from './init.ts'
import { migrate } from './migrate.ts'
import { migrations } from './migrations.ts'
import { prune } from './prune.ts'
import { queues } from './queues.ts'
import { doctor, schema } from './schema.ts'
import { status } from './status.ts'
import { stuck } from './stuck.ts'
import { tasks } from './tasks.ts'
import { worker } from './worker.ts'
import { workers } from './workers.ts'

/** All commands, in the order in which help lists them. */
export const COMMANDS: readonly (Command | CommandGroup)[] = [
  init,
  worker,
  status,
  tasks,
  queues,
  workers,
  stuck,
  schema,
  migrate,
  migrations,
  prune,
  bench,
  doctor,
  info,
  completion,
]
