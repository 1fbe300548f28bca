import { type Command, command } from '../command/command.ts'
import { integer } from '../command/inputs.ts'
import type { BenchOptions } from './bench/bench.ts'

/** `waybill bench`. */
export const bench: Command = command<BenchOptions>({
  name: 'bench',
  summary: 'Runs a small load on your own task log and says how fast it was',
  description: 'Its tasks are in a queue of their own, do nothing, and are deleted at the end.',
  inputs: {
    tasks: integer('--tasks <count>', 'how many tasks (default: 2000)', { min: 1, max: 1_000_000 }),
    concurrency: integer('-c, --concurrency <count>', 'how many at once (default: 10)', {
      min: 1,
      max: 10_000,
    }),
  },
  load: () => import('./bench/bench.ts'),
})
