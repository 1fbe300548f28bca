import { type Command, command } from '../command/command.ts'
import { duration, integer } from '../command/inputs.ts'
import type { StatusOptions } from './status/status.ts'

/** `waybill status`. */
export const status: Command = command<StatusOptions>({
  name: 'status',
  summary: 'Says how queues and workers are; answers 3 when a bound is passed',
  inputs: {
    maxWait: duration('--max-wait <time>', 'no task may have been ready for longer'),
    maxFailed: integer('--max-failed <count>', 'no more tasks may have failed in the last hour'),
    minWorkers: integer('--min-workers <count>', 'so many workers must be alive'),
  },
  examples: [['waybill status --max-wait 5m --max-failed 10', 'a health check for cron or a container']],
  load: () => import('./status/status.ts'),
})
