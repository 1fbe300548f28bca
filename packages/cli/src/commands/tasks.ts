import { ACTION_INPUTS } from '../command/action-inputs.ts'
import { type Command, type CommandGroup, command } from '../command/command.ts'
import { choice, duration, flag, integer, list, requiredText, text, texts } from '../command/inputs.ts'
import { FILTER_INPUTS, PAGE_INPUTS, VIEW_INPUTS } from '../filter/filter-inputs.ts'
import type { ActOptions } from './tasks/act.ts'
import type { ForceOptions } from './tasks/cancel.ts'
import type { DeleteOptions } from './tasks/delete.ts'
import type { EnqueueCommandOptions } from './tasks/enqueue.ts'
import type { ExportOptions } from './tasks/export.ts'
import type { ListOptions } from './tasks/list.ts'
import type { ShowOptions } from './tasks/show.ts'
import type { StatsOptions } from './tasks/stats.ts'
import type { TailOptions } from './tasks/tail.ts'
import type { WaitCommandOptions } from './tasks/wait.ts'
import type { WhyOptions } from './tasks/why.ts'

const ID = requiredText('<id>', 'the id of a task')
const ALL = flag('--all', 'all tasks')
const NDJSON = flag('--ndjson', 'prints one JSON document a line')
const CHOSEN =
  'Name ids, or choose by flags; all that match are dealt with in batches, and it says how many and why not the others.'

const show: Command = command<ShowOptions>({
  name: 'show',
  summary: 'Shows one task: facts, timeline, parameters, report tree, children',
  inputs: { id: ID, ...VIEW_INPUTS },
  load: () => import('./tasks/show.ts'),
})

const listTasks: Command = command<ListOptions>({
  name: 'list',
  summary: 'Lists tasks, the newest first',
  inputs: { ...FILTER_INPUTS, ...PAGE_INPUTS, ...VIEW_INPUTS, ndjson: NDJSON },
  examples: [
    ['waybill tasks list --status failed --since 1h', 'what failed in the last hour'],
    ["waybill tasks list --where 'parameters.orderId=42'", 'the tasks of one order'],
    ['waybill tasks list --name "billing.*" --json | jq ".tasks[].id"', 'ids for a script'],
  ],
  load: () => import('./tasks/list.ts'),
})

const tail: Command = command<TailOptions>({
  name: 'tail',
  summary: 'Prints tasks as they change, until it is interrupted',
  description: 'A task that changes twice between two looks is printed once, as it is then.',
  inputs: {
    ...FILTER_INPUTS,
    last: integer('--last <count>', 'begins with so many that changed before (default: 10)', { max: 1_000 }),
    interval: duration('--interval <time>', 'how often it looks (default: 500ms)'),
    for: duration('--for <time>', 'ends after this time'),
    ndjson: NDJSON,
    ...VIEW_INPUTS,
  },
  examples: [['waybill tasks tail --queue reports', 'watches one queue']],
  load: () => import('./tasks/tail.ts'),
})

const enqueue: Command = command<EnqueueCommandOptions>({
  name: 'enqueue',
  summary: 'Enqueues a task and prints its id',
  description:
    'Parameters are JSON: on the line, in a file (@file), or on stdin (-). They are checked as in your code.',
  inputs: {
    name: requiredText('<name>', 'the name of the task'),
    parameters: text('[parameters]', 'what it works on: JSON, @file or -'),
    queue: text('-q, --queue <queue>', 'the queue, whatever the task says'),
    label: text('-l, --label <label>', 'what it is called for people'),
    owner: text('-o, --owner <owner>', 'whose task it is', { variable: 'WAYBILL_OWNER' }),
    parent: text('--parent <id>', 'the task that waits for it'),
    delay: duration('--delay <time>', 'not before this time has passed'),
    at: text('--at <when>', 'not before then, as 2026-11-24T08:00:00Z'),
    priority: integer('--priority <number>', 'smaller runs first', { min: -32_768, max: 32_767 }),
    attempts: integer('--attempts <count>', 'attempts in all', { min: 1, max: 32_767 }),
    key: text('--key <key>', 'enqueues once per key and owner'),
    metadata: text('--metadata <json>', 'facts beside the parameters: a JSON object'),
    unchecked: flag('--unchecked', 'also a task that this configuration does not know'),
    wait: flag('--wait', 'waits for its end and shows its report'),
    timeout: duration('--timeout <time>', 'waits no longer than this'),
  },
  examples: [
    ['waybill tasks enqueue hello \'{"name":"Ada"}\'', 'enqueues one'],
    ['waybill tasks enqueue billing.report @july.json --wait', 'and waits for its report'],
  ],
  load: () => import('./tasks/enqueue.ts'),
})

const ACT_INPUTS = {
  ids: texts('[ids...]', 'ids of tasks'),
  ...FILTER_INPUTS,
  all: ALL,
  ...VIEW_INPUTS,
  ...ACTION_INPUTS,
}

const retry: Command = command<ActOptions>({
  name: 'retry',
  summary: 'Queues failed and cancelled tasks again, as if they were new',
  description: CHOSEN,
  inputs: ACT_INPUTS,
  examples: [['waybill tasks retry --status failed --since 1d --dry-run', 'what would be retried']],
  load: () => import('./tasks/retry.ts'),
})

const cancel: Command = command<ForceOptions>({
  name: 'cancel',
  summary: 'Cancels queued tasks, and asks those in progress to stop',
  description: CHOSEN,
  inputs: {
    ...ACT_INPUTS,
    force: flag('--force', 'those in progress at once: their workers can write nothing more'),
  },
  load: () => import('./tasks/cancel.ts'),
})

const archive: Command = command<ForceOptions>({
  name: 'archive',
  summary: 'Archives tasks that have ended',
  description: CHOSEN,
  inputs: {
    ...ACT_INPUTS,
    force: flag('--force', 'those in progress too: their workers can write nothing more'),
  },
  load: () => import('./tasks/archive.ts'),
})

const { as: _, ...DELETE_INPUTS } = ACT_INPUTS

const remove: Command = command<DeleteOptions>({
  name: 'delete',
  summary: 'Deletes tasks that have ended, children before their parents',
  description: CHOSEN,
  inputs: DELETE_INPUTS,
  load: () => import('./tasks/delete.ts'),
})

const wait: Command = command<WaitCommandOptions>({
  name: 'wait',
  summary: 'Waits until tasks have ended and shows their reports',
  description: 'Answers 0 when all completed, 3 when one did not, 124 when the time is over.',
  inputs: {
    ids: texts('<ids...>', 'ids of tasks'),
    timeout: duration('--timeout <time>', 'waits no longer than this'),
    ...VIEW_INPUTS,
  },
  load: () => import('./tasks/wait.ts'),
})

const exportTasks: Command = command<ExportOptions>({
  name: 'export',
  summary: 'Writes tasks as NDJSON or CSV, however many there are',
  description: 'In CSV, what a spreadsheet would run as a formula begins with an apostrophe.',
  inputs: {
    ...FILTER_INPUTS,
    format: choice('--format <format>', 'how (default: by the name of the file, else ndjson)', [
      'ndjson',
      'csv',
    ]),
    output: text('--output <file>', 'where to, instead of stdout; readable by you alone'),
    columns: list('--columns <names>', 'only these, in this order'),
    ...PAGE_INPUTS,
    sort: text('--sort <column>', 'sorts by a column; -column for descending (default: createdAt)'),
    limit: integer('--limit <count>', 'at most so many', { min: 1 }),
    ...VIEW_INPUTS,
  },
  examples: [['waybill tasks export --status failed --format csv > failed.csv', 'for a spreadsheet']],
  load: () => import('./tasks/export.ts'),
})

const stats: Command = command<StatsOptions>({
  name: 'stats',
  summary: 'Counts tasks by status',
  inputs: { ...FILTER_INPUTS, ...VIEW_INPUTS },
  load: () => import('./tasks/stats.ts'),
})

const why: Command = command<WhyOptions>({
  name: 'why',
  summary: 'Explains why a task is not running',
  inputs: { id: ID, ...VIEW_INPUTS },
  load: () => import('./tasks/why.ts'),
})

/** Everything about tasks. */
export const tasks: CommandGroup = {
  name: 'tasks',
  summary: 'Lists, follows, explains, enqueues and changes tasks',
  commands: [listTasks, show, tail, enqueue, retry, cancel, archive, remove, wait, exportTasks, stats, why],
}
