import { type Command, type CommandGroup, command } from '../command/command.ts'
import { flag, type Input, integer, requiredText, texts } from '../command/inputs.ts'
import type { NameOptions } from './migrations/control.ts'
import type { EnsureOptions } from './migrations/ensure.ts'
import type { PlanOptions } from './migrations/plan.ts'
import type { RunCommandOptions } from './migrations/run.ts'

const NAME = requiredText('<name>', "the migration's name")
const RANGES: Input<number | undefined> = integer('--ranges <count>', 'cuts it into so many ranges at most', {
  min: 1,
  max: 256,
})
const RESTART = flag('--restart', 'begins anew, whatever has been done')

const list: Command = command<object>({
  name: 'list',
  summary: 'Lists migrations and where they stand',
  inputs: {},
  load: () => import('./migrations/list.ts'),
})

const plan: Command = command<PlanOptions>({
  name: 'plan',
  summary: 'Says what a run would do: ranges, counts, time',
  description: 'The time is known once a run, or a dry run, has been measured.',
  inputs: { name: NAME, ranges: RANGES, restart: RESTART },
  load: () => import('./migrations/plan.ts'),
})

const run: Command = command<RunCommandOptions>({
  name: 'run',
  summary: 'Runs a migration, or goes on with one that stopped',
  description:
    'It is worked on here, beside whatever workers there are, until it has ended. Ctrl-C stops working here and leaves the run to workers, or to the next `run`. To end it, use `cancel`.',
  inputs: {
    name: NAME,
    ranges: RANGES,
    restart: RESTART,
    concurrency: integer('-c, --concurrency <count>', 'ranges worked on here at once (default: 4)', {
      min: 1,
      max: 256,
    }),
    dryRun: flag(
      '--dry-run',
      'does it and rolls it back, chunk by chunk; without transactions it only looks',
    ),
    detach: flag('--detach', 'leaves it to workers and does not wait'),
  },
  examples: [
    ['waybill migrations run backfill-names --ranges 4', 'runs it in four ranges, with a progress bar'],
    [
      'waybill migrations run backfill-names --dry-run',
      'finds out whether it would work, and how long it takes',
    ],
  ],
  load: () => import('./migrations/run.ts'),
})

const pause: Command = command<NameOptions>({
  name: 'pause',
  summary: 'Pauses a run between units; its workers wait',
  inputs: { name: NAME },
  load: () => import('./migrations/pause.ts'),
})

const resume: Command = command<NameOptions>({
  name: 'resume',
  summary: 'Lets a paused run go on',
  inputs: { name: NAME },
  load: () => import('./migrations/resume.ts'),
})

const cancel: Command = command<NameOptions>({
  name: 'cancel',
  summary: 'Ends a run between units; what is done stays done, and a later run goes on there',
  inputs: { name: NAME },
  load: () => import('./migrations/cancel.ts'),
})

const status: Command = command<NameOptions>({
  name: 'status',
  summary: 'Shows where a migration stands, its ranges, and its evidence',
  inputs: { name: NAME },
  load: () => import('./migrations/status.ts'),
})

const ensure: Command = command<EnsureOptions>({
  name: 'ensure',
  summary: 'Answers with exit code 3 until migrations are provably done',
  inputs: { names: texts('<names...>', 'names of migrations') },
  examples: [['waybill migrations ensure backfill-names && deploy', 'deploys only when it is done']],
  load: () => import('./migrations/ensure.ts'),
})

/** Data migrations. */
export const migrations: CommandGroup = {
  name: 'migrations',
  summary: 'Plans, runs, steers and checks data migrations',
  commands: [list, plan, run, pause, resume, cancel, status, ensure],
}
