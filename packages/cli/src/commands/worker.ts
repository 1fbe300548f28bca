import { type Command, command } from '../command/command.ts'
import { duration, flag, integer, list, text } from '../command/inputs.ts'
import type { WorkerOptions } from './worker/worker.ts'

/** `waybill worker`. */
export const worker: Command = command<WorkerOptions>({
  name: 'worker',
  summary: 'Runs tasks until it is told to stop',
  description:
    'The first TERM, INT or QUIT takes no more tasks and lets those that run end within the grace; a second one aborts them and gives them back. USR2 pauses, CONT goes on. What was not started goes back at once, its attempt not counted.',
  inputs: {
    queue: list('-q, --queue <queues>', 'only these queues (default: all of the configuration)', {
      variable: 'WAYBILL_QUEUES',
    }),
    concurrency: integer('-c, --concurrency <count>', 'tasks that run at once (default: 10)', {
      min: 1,
      max: 10_000,
      variable: 'WAYBILL_CONCURRENCY',
    }),
    once: flag('--once', 'runs one task, if there is one, and ends'),
    drain: flag('--drain', 'ends when nothing is left to run'),
    limit: integer('--limit <count>', 'ends after so many tasks', { min: 1 }),
    maxRuntime: duration('--max-runtime <time>', 'ends after this time', { variable: 'WAYBILL_MAX_RUNTIME' }),
    grace: duration('--grace <time>', 'how long running tasks may take to end (default: 30s)', {
      variable: 'WAYBILL_GRACE',
    }),
    healthPort: integer('--health-port <port>', 'answers probes at /live and /ready', {
      max: 65_535,
      variable: 'WAYBILL_HEALTH_PORT',
    }),
    healthHost: text('--health-host <host>', 'where to listen for probes (default: everywhere)', {
      variable: 'WAYBILL_HEALTH_HOST',
    }),
    quiet: flag('--quiet', 'says nothing of tasks that were run'),
    ndjson: flag('--ndjson', 'tells what happens as one JSON document a line, on stdout'),
  },
  examples: [
    ['waybill worker -q reports,imports -c 20', 'works on two queues, twenty tasks at once'],
    ['waybill worker --drain', 'does what there is to do, then ends'],
  ],
  load: () => import('./worker/worker.ts'),
})
