import { InvalidInputError } from '@waybill/core'
import { type SqliteDatabase, type SqliteStatement, sqlitePositions } from '../positions/sqlite-positions.ts'
import type { MigrationSource, SourceRange, UnitId, UnitReader } from './migration-source.ts'
import {
  boundaries,
  chooseKey,
  idOfKey,
  keyOfId,
  quoteName,
  type TableOptions,
  type UniqueIndex,
} from './table-key.ts'

type Row = Readonly<Record<string, unknown>>

/**
 * The rows of a SQLite table, in the order of a unique key. Rows that are added behind the last key while the migration
 * runs are not part of it.
 */
export function sqliteTable<Value extends object = Row>(
  database: SqliteDatabase,
  options: TableOptions,
): MigrationSource<Value, SqliteDatabase> {
  const table = new SqliteTable(database, options)
  return {
    positions: sqlitePositions(database, options),
    plan: (ranges) => table.plan(ranges),
    open: async (range) => table.open<Value>(range),
  }
}

interface KeyColumn {
  readonly name: string
  /** Brings a key's text back to the value it was: by the affinity of its column. */
  readonly decode: (text: string) => unknown
  /** Its numbers must be whole and exact. */
  readonly isInteger: boolean
}

class SqliteTable {
  readonly #database: SqliteDatabase
  readonly #options: TableOptions
  readonly #from: string
  #key: readonly KeyColumn[] | null = null

  constructor(database: SqliteDatabase, options: TableOptions) {
    this.#database = database
    this.#options = options
    this.#from = quoteName(options.table, '"')
  }

  async plan(ranges: number): Promise<readonly SourceRange[]> {
    const key = this.#inspect()
    const { where = 'true' } = this.#options
    const counted = this.#database.prepare(`SELECT count(*) AS total FROM ${this.#from} WHERE ${where}`).get()
    const names = namesOf(key)
    const next = async (after: string | null, rows: number): Promise<string | null> => {
      const statement = this.#database.prepare(
        `SELECT ${names} FROM ${this.#from} WHERE (${where})${this.#bound(after, '>')}
         ORDER BY ${names} LIMIT 1 OFFSET ?`,
      )
      const row = statement.get(...this.#values(after), rows - 1) as Row | undefined
      return row === undefined ? null : String(idOfRow(row, key))
    }
    return await boundaries(Number((counted as { total: number }).total), ranges, next)
  }

  open<Value extends object>(range: SourceRange): UnitReader<Value, SqliteDatabase> {
    const key = this.#inspect()
    const { where = 'true', columns } = this.#options
    const names = namesOf(key)
    const list =
      columns === undefined
        ? '*'
        : [...new Set([...key.map(({ name }) => name), ...columns])]
            .map((column) => quoteName(column, '"'))
            .join(', ')
    const statement = (after: string | null): SqliteStatement =>
      this.#database.prepare(
        `SELECT ${list} FROM ${this.#from}
         WHERE (${where})${this.#bound(after, '>')}${this.#bound(range.to, '<=')} ORDER BY ${names} LIMIT ?`,
      )
    const upTo = this.#values(range.to)
    let first: SqliteStatement | undefined
    let further: SqliteStatement | undefined
    return {
      read: (position, limit) => {
        const after = position ?? range.from
        if (after === null) first ??= statement(null)
        else further ??= statement(after)
        const values = (after === null ? first : further)?.all(
          ...this.#values(after),
          ...upTo,
          limit,
        ) as Value[]
        return { values, idAt: (index) => idOfRow(values[index] as Row, key) }
      },
      close: async () => {},
    }
  }

  #bound(id: string | null, operator: '>' | '<='): string {
    if (id === null) return ''
    const key = this.#inspect()
    return ` AND (${namesOf(key)}) ${operator} (${key.map(() => '?').join(', ')})`
  }

  #values(id: string | null): readonly unknown[] {
    if (id === null) return []
    const key = this.#inspect()
    return keyOfId(id, key.length).map((text, index) => (key[index] as KeyColumn).decode(text))
  }

  #inspect(): readonly KeyColumn[] {
    this.#key ??= inspect(this.#database, this.#options)
    return this.#key
  }
}

function namesOf(key: readonly KeyColumn[]): string {
  return key.map(({ name }) => quoteName(name, '"')).join(', ')
}

function inspect(database: SqliteDatabase, { table, key }: TableOptions): readonly KeyColumn[] {
  const dot = table.indexOf('.')
  const [schema, name] = dot < 0 ? ['main', table] : [table.slice(0, dot), table.slice(dot + 1)]
  const columns = database.prepare('SELECT * FROM pragma_table_info(?, ?)').all(name, schema) as ColumnInfo[]
  if (columns.length === 0) throw new InvalidInputError('table', `there is no table ${table}`)
  const chosen = chooseKey(table, uniqueIndexes(database, name, schema, columns), key)
  const byName = new Map(columns.map((column) => [column.name, column]))
  const primary = columns.filter(({ pk }) => pk > 0)
  return chosen.map((column) => {
    const info = byName.get(column) as ColumnInfo
    // Only an INTEGER PRIMARY KEY is the rowid, and never null; any other key of SQLite may be.
    const isRowid = primary.length === 1 && primary[0] === info && info.type.toUpperCase() === 'INTEGER'
    if (info.notnull === 0 && !isRowid && hasNulls(database, table, column)) {
      throw new InvalidInputError(
        'key',
        `the column ${column} of ${table} has nulls; such rows have no place in an order`,
      )
    }
    return { name: column, decode: decoderOf(table, info), isInteger: /INT/i.test(info.type) }
  })
}

interface ColumnInfo {
  readonly name: string
  readonly type: string
  readonly notnull: number
  readonly pk: number
}

function uniqueIndexes(
  database: SqliteDatabase,
  table: string,
  schema: string,
  columns: readonly ColumnInfo[],
): UniqueIndex[] {
  const primary = columns.filter(({ pk }) => pk > 0).sort((left, right) => left.pk - right.pk)
  const rows = database
    .prepare(
      `SELECT list.name AS "index", info.name AS "column" FROM pragma_index_list(?, ?) AS list
       JOIN pragma_index_info(list.name, ?) AS info
       WHERE list."unique" = 1 AND list.partial = 0 ORDER BY list.seq, info.seqno`,
    )
    .all(table, schema, schema) as { index: string; column: string | null }[]
  return [
    ...(primary.length === 0 ? [] : [{ columns: primary.map(({ name }) => name), primary: true }]),
    ...[...Map.groupBy(rows, ({ index }) => index).values()]
      .filter((index) => index.every(({ column }) => column !== null))
      .map((index) => ({ columns: index.map(({ column }) => String(column)), primary: false })),
  ]
}

function hasNulls(database: SqliteDatabase, table: string, column: string): boolean {
  const sql = `SELECT 1 FROM ${quoteName(table, '"')} WHERE ${quoteName(column, '"')} IS NULL LIMIT 1`
  return database.prepare(sql).get() !== undefined
}

/** By the rules of column affinity: https://www.sqlite.org/datatype3.html, 3.1. */
function decoderOf(table: string, { name, type }: ColumnInfo): KeyColumn['decode'] {
  if (/INT/i.test(type)) return (text) => (/^-?\d+$/.test(text) ? BigInt(text) : text)
  if (/CHAR|CLOB|TEXT/i.test(type)) return (text) => text
  if (/BLOB/i.test(type)) return (text) => Buffer.from(text, 'hex')
  if (type !== '') return (text) => (text !== '' && Number.isFinite(Number(text)) ? Number(text) : text)
  throw new InvalidInputError(
    'key',
    `the column ${name} of ${table} has no type, so its keys cannot be told apart`,
  )
}

function idOfRow(row: Row, key: readonly KeyColumn[]): UnitId {
  if (key.length === 1) return keyPart(row, key[0] as KeyColumn)
  return idOfKey(key.map((column) => String(keyPart(row, column))))
}

function keyPart(row: Row, { name, isInteger }: KeyColumn): UnitId {
  const value = row[name]
  if (typeof value === 'number' && isInteger) {
    if (Number.isSafeInteger(value)) return value
    throw new InvalidInputError(
      'key',
      `${value} is not exact: call defaultSafeIntegers(true) on the database`,
    )
  }
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value)
}
