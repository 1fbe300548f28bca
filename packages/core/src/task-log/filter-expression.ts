/** Columns a filter may compare. Adapters map them to identifiers by a closed map, never by concatenation. */
export const FILTER_COLUMNS = [
  'id',
  'parentId',
  'taskName',
  'queue',
  'label',
  'owner',
  'category',
  'status',
  'masterStatus',
  'outcome',
  'reason',
  'priority',
  'hold',
  'idempotencyKey',
  'limitKey',
  'attempt',
  'worker',
  'cancelRequested',
  'createdAt',
  'updatedAt',
  'dueAt',
  'claimedAt',
  'startedAt',
  'finishedAt',
] as const

/** One of {@link FILTER_COLUMNS}. */
export type FilterColumn = (typeof FILTER_COLUMNS)[number]

/** Columns that hold JSON, into which a filter may look by a path. */
export const PATH_COLUMNS = ['parameters', 'metadata'] as const

/** One of {@link PATH_COLUMNS}. */
export type PathColumn = (typeof PATH_COLUMNS)[number]

/** Columns a search may be sorted by: those that are never null. Text sorts by its UTF-8 bytes. */
export const SORT_COLUMNS = [
  'id',
  'taskName',
  'queue',
  'label',
  'owner',
  'category',
  'status',
  'priority',
  'createdAt',
  'updatedAt',
  'dueAt',
] as const

/** One of {@link SORT_COLUMNS}. */
export type SortColumn = (typeof SORT_COLUMNS)[number]

/** The operators of a comparison. */
export const FILTER_OPERATORS = [
  'eq',
  'neq',
  'lt',
  'lte',
  'gt',
  'gte',
  'like',
  'notLike',
  'in',
  'notIn',
] as const

/** One of {@link FILTER_OPERATORS}. */
export type FilterOperator = (typeof FILTER_OPERATORS)[number]

/** What a column or path is compared with. Instants are whole milliseconds since the epoch. */
export type FilterValue = string | number | boolean | null

/**
 * A filter as plain, serialisable data. What an adapter must answer:
 *
 * - Truth has two values. `neq`, `notLike` and `notIn` are the exact opposites of `eq`, `like` and `in`, also where
 *   the column is null; `eq` null is true for null. `lt`, `lte`, `gt`, `gte` with null on either side are false.
 * - Text is compared by its UTF-8 bytes: case, accents and trailing spaces matter.
 * - `like`: `%` any run, `_` any one character, `\` makes the next one literal; the pattern covers the whole value;
 *   the case of ASCII letters does not matter; a value that is no text matches nothing.
 * - A path compares JSON types too: the text `"1"` is not the number 1, a missing member equals nothing, not even
 *   null; `lt` ... `gte` are true only between two numbers or two texts.
 * - `and` of nothing is true, `or` of nothing is false.
 */
export type FilterExpression =
  | { readonly kind: 'and' | 'or'; readonly nodes: readonly FilterExpression[] }
  | { readonly kind: 'not'; readonly node: FilterExpression }
  | {
      readonly kind: 'column'
      readonly column: FilterColumn
      readonly operator: FilterOperator
      /** A list for `in` and `notIn`, else one value. */
      readonly value: FilterValue | readonly FilterValue[]
    }
  | {
      readonly kind: 'path'
      readonly column: PathColumn
      /** Member names from the top; an array index is a number. At least one. */
      readonly path: readonly (string | number)[]
      readonly operator: FilterOperator
      /** A list for `in` and `notIn`, else one value. */
      readonly value: FilterValue | readonly FilterValue[]
    }
