/** What kind of work a task is, for people who filter their tasks. */
export const TASK_CATEGORIES = [
  'create',
  'update',
  'delete',
  'copy',
  'import',
  'export',
  'delivery_comp',
  'unrelated_resource',
  'unknown',
] as const

/** One of {@link TASK_CATEGORIES}. */
export type TaskCategory = (typeof TASK_CATEGORIES)[number]
