import { InvalidInputError } from '@waybill/core'

/** A unique index, as the database's catalog has it. */
export interface UniqueIndex {
  /** Its columns, in the order of the index. */
  readonly columns: readonly string[]
  /** It is the primary key. */
  readonly primary: boolean
}

/** Options of the sources over a table. */
export interface TableOptions {
  /** The table's name, with its schema where it has one: `app.users`. */
  readonly table: string
  /** The columns that tell rows apart: those of a unique index without nulls, in its order. Default: the primary key. */
  readonly key?: string | readonly string[]
  /** Which columns are read beside the key. Default: all. */
  readonly columns?: readonly string[]
  /** Only rows for which this SQL condition is true. It must not change for a row that is migrated and still to verify. */
  readonly where?: string
  /** The name of the table positions are kept in, next to this one. Default `waybill_migration_ranges`. */
  readonly positionsTable?: string
}

/**
 * The columns of the key.
 * @throws InvalidInputError when no unique index has exactly these columns, in this order
 */
export function chooseKey(
  table: string,
  indexes: readonly UniqueIndex[],
  wanted: string | readonly string[] | undefined,
): readonly string[] {
  if (wanted === undefined) {
    const primary = indexes.find((index) => index.primary)
    if (primary !== undefined) return primary.columns
    throw new InvalidInputError(
      'key',
      `the table ${table} has no primary key: name the columns of a unique index`,
    )
  }
  const columns = typeof wanted === 'string' ? [wanted] : wanted
  if (indexes.some((index) => index.columns.join('\0') === columns.join('\0'))) return columns
  const known = indexes.map((index) => `(${index.columns.join(', ')})`).join(', ') || 'none'
  throw new InvalidInputError(
    'key',
    `the table ${table} has no unique index on (${columns.join(', ')}); its unique indexes: ${known}`,
  )
}

/** The id of a row: its key, several columns as a JSON list. */
export function idOfKey(values: readonly string[]): string {
  return values.length === 1 ? (values[0] as string) : JSON.stringify(values)
}

/** The key's values behind an id. */
export function keyOfId(id: string, columns: number): readonly string[] {
  return columns === 1 ? [id] : (JSON.parse(id) as string[])
}

/** Puts a name in quotes; a dotted name part by part. */
export function quoteName(name: string, quote: '"' | '`'): string {
  return name
    .split('.')
    .map((part) => quote + part.replaceAll(quote, quote + quote) + quote)
    .join('.')
}

/** Finds where ranges of equal size end: `next` answers the id of the row so many rows on. */
export async function boundaries(
  total: number,
  ranges: number,
  next: (after: string | null, rows: number) => Promise<string | null>,
): Promise<{ readonly from: string | null; readonly to: string | null; readonly total: number }[]> {
  const count = Math.min(ranges, total)
  const found: { from: string | null; to: string | null; total: number }[] = []
  let from: string | null = null
  for (let index = 0; index < count; index += 1) {
    const rows = Math.floor((total * (index + 1)) / count) - Math.floor((total * index) / count)
    // Rows may have gone in the meantime; then the last range ends where the table does.
    const to: string | null = await next(from, rows)
    found.push({ from, to, total: rows })
    if (to === null) break
    from = to
  }
  return found
}
