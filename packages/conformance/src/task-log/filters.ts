import type {
  FilterColumn,
  FilterExpression,
  FilterOperator,
  FilterValue,
  PathColumn,
  TaskLogSearch,
} from '@waybill/core'
import type { TaskLogTrial } from './trial.ts'

/** Matches every entry. */
export const ALL: FilterExpression = { kind: 'and', nodes: [] }

/** A comparison of a column. */
export function column(
  name: FilterColumn,
  operator: FilterOperator,
  value: FilterValue | readonly FilterValue[],
): FilterExpression {
  return { kind: 'column', column: name, operator, value }
}

/** A comparison of what is at a path of a JSON column. */
export function path(
  steps: readonly (string | number)[],
  operator: FilterOperator,
  value: FilterValue | readonly FilterValue[],
  name: PathColumn = 'parameters',
): FilterExpression {
  return { kind: 'path', column: name, path: steps, operator, value }
}

/** A search with defaults: everything, oldest first. */
export function searchOf(fields: Partial<TaskLogSearch> = {}): TaskLogSearch {
  return {
    where: ALL,
    sort: 'createdAt',
    direction: 'ascending',
    limit: 1_000,
    offset: 0,
    after: null,
    omit: [],
    ...fields,
  }
}

/** The labels of the entries that match, sorted. */
export async function labels(
  trial: TaskLogTrial,
  where: FilterExpression,
): Promise<readonly (string | undefined)[]> {
  return (await trial.log.search(searchOf({ where }))).map(({ label }) => label).sort()
}
