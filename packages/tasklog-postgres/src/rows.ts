import type { Claim } from '@waybill/core'

/** What pg asks for a value's parser. */
export interface RowTypes {
  /** The parser of a type, by its object id. */
  getTypeParser(oid: number): (text: string) => unknown
}

const PARSERS: ReadonlyMap<number, (text: string) => unknown> = new Map<number, (text: string) => unknown>([
  [16, (text) => text === 't'],
  [20, Number],
  [21, Number],
  [23, Number],
])

function asItIs(text: string): string {
  return text
}

/**
 * How values of a row are read: bool, int8, int2 and int4; the rest is text, and so is JSON. Handed to each query, so
 * that the type parsers an application has set for all of pg change nothing here.
 */
export const ROW_TYPES: RowTypes = {
  getTypeParser: (oid) => PARSERS.get(oid) ?? asItIs,
}

/** A claimed row: a {@link Claim} but for its token, and its place in the order of adding. */
export type ClaimRow = Omit<Claim, 'token'> & { readonly seq: number }

/** The claim of a row. Every member by name: a drain makes one for each task. */
export function toClaim(row: ClaimRow, token: string): Claim {
  return {
    id: row.id,
    parentId: row.parentId,
    taskName: row.taskName,
    queue: row.queue,
    parameters: row.parameters,
    label: row.label,
    owner: row.owner,
    category: row.category,
    metadata: row.metadata,
    progress: row.progress,
    masterStatus: row.masterStatus,
    priority: row.priority,
    limitKey: row.limitKey,
    attempt: row.attempt,
    maxAttempts: row.maxAttempts,
    hasChildren: row.hasChildren,
    createdAt: row.createdAt,
    token,
  }
}

/** The first instant that needs no "BC", in milliseconds; the log has none so old. */
const FIRST_INSTANT = Date.parse('0001-01-01T00:00:00Z')
/** The last instant of JavaScript; PostgreSQL goes further. */
const LAST_INSTANT = 8_640_000_000_000_000

/** An instant as a text that PostgreSQL reads the same whatever its time zone and date style. */
export function toInstant(ms: number): string {
  const within = Math.min(Math.max(ms, FIRST_INSTANT), LAST_INSTANT)
  return new Date(within).toISOString().replace('+', '')
}

type SqlType = 'uuid' | 'text' | 'boolean' | 'smallint' | 'integer' | 'bigint' | 'timestamptz'

/**
 * The rows of a statement's parameters as a FROM item: arrays side by side, one for each column. Every array costs as
 * much as an index, so a column whose values are all the same comes as that value; `unnest` fills up its array, which
 * is null, with nulls. The first column is always an array.
 */
export function givenRows(columns: Readonly<Record<string, SqlType>>): string {
  const names = Object.keys(columns)
  const values = names.map((name, index) =>
    index === 0 ? name : `coalesce(${name}, :${name}_all) AS ${name}`,
  )
  const arrays = names.map((name) => `(SELECT :${name}_each::${columns[name]}[])`)
  return `(SELECT ${values.join(', ')} FROM unnest(${arrays.join(', ')}) AS each (${names.join(', ')})) AS given`
}

/** The parameters of {@link givenRows}: what each column has of a row. */
export function givenParameters<Row>(
  rows: readonly Row[],
  columns: Readonly<Record<string, (row: Row) => unknown>>,
): Record<string, unknown> {
  const parameters: Record<string, unknown> = {}
  const [firstRow] = rows
  for (const [index, [name, pick]] of Object.entries(columns).entries()) {
    const first = firstRow === undefined ? null : pick(firstRow)
    const isSame = index > 0 && rows.every((row) => pick(row) === first)
    parameters[`${name}_each`] = isSame ? null : arrayText(rows.map(pick))
    parameters[`${name}_all`] = isSame ? first : null
  }
  return parameters
}

/** What JSON escapes in a way that is not PostgreSQL's; a text that holds such a sequence itself is taken for one. */
const OTHER_ESCAPE = /\\[^"\\]/

/**
 * Values as the text of an array (https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO). Where nothing but quotes
 * and backslashes is escaped it is that of a JSON array in other brackets, which takes a third of the time the driver takes.
 */
function arrayText(values: readonly unknown[]): string | readonly unknown[] {
  const json = JSON.stringify(values)
  return OTHER_ESCAPE.test(json) ? values : `{${json.slice(1, -1)}}`
}
