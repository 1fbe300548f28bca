import { type Inputs, integer, list, text, texts } from '../command/inputs.ts'

/** Which tasks: the same flags wherever tasks are chosen. All that are given must hold. */
export interface FilterOptions {
  readonly name: readonly string[] | undefined
  readonly queue: readonly string[] | undefined
  readonly status: readonly string[] | undefined
  readonly category: readonly string[] | undefined
  readonly owner: readonly string[] | undefined
  readonly label: string | undefined
  readonly parent: string | undefined
  readonly since: string | undefined
  readonly until: string | undefined
  readonly where: readonly string[]
}

/** In which order and how many. */
export interface PageOptions {
  readonly sort: string | undefined
  readonly limit: number | undefined
  readonly cursor: string | undefined
}

/** Whose eyes to look with. */
export interface ViewOptions {
  readonly as: string | undefined
}

/** The flags of {@link FilterOptions}. */
export const FILTER_INPUTS: Inputs<FilterOptions> = {
  name: list('-n, --name <names>', 'tasks of these names; * stands for anything'),
  queue: list('-q, --queue <queues>', 'in these queues'),
  status: list(
    '-s, --status <statuses>',
    'in these statuses, as the log (enqueued, dequeued, running, child_running, completed, failed, cancelled, archived) or people (created, in_progress) call them',
  ),
  category: list('--category <categories>', 'of these categories'),
  owner: list('--owner <owners>', 'of these owners'),
  label: text('--label <text>', 'whose label contains the text; * stands for anything'),
  parent: text('--parent <id>', 'the children of a task; none: tasks without a parent'),
  since: text('--since <when>', 'created since: 2h (ago), 2026-11-24, 2026-11-24T08:00:00Z'),
  until: text('--until <when>', 'created until then'),
  where: texts(
    '-w, --where <condition>',
    "a condition on parameters, metadata or a column, as 'parameters.orderId=42', 'metadata.source~web*', 'attempt>1'; operators = != < <= > >= ~ !~",
  ),
}

/** The flags of {@link PageOptions}. */
export const PAGE_INPUTS: Inputs<PageOptions> = {
  sort: text('--sort <column>', 'sorts by a column; -column for descending (default: -createdAt)'),
  limit: integer('--limit <count>', 'at most so many (default: 20)', { min: 1, max: 1_000 }),
  cursor: text('--cursor <cursor>', 'goes on where a page ended'),
}

/** The flag of {@link ViewOptions}. */
export const VIEW_INPUTS: Inputs<ViewOptions> = {
  as: text('--as <user>', 'sees and changes only what this user may', { variable: 'WAYBILL_AS' }),
}
