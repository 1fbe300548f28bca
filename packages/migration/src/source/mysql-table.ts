import { InvalidInputError } from '@waybill/core'
import { type MysqlConnection, type MysqlPool, mysqlPositions } from '../positions/mysql-positions.ts'
import type { MigrationSource, SourceRange, UnitReader } from './migration-source.ts'
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
 * The rows of a MySQL or MariaDB table, in the order of a unique key. Rows that are added behind the last key while the
 * migration runs are not part of it. A key column of a date or time type arrives as text.
 */
export function mysqlTable<Value extends object = Row>(
  pool: MysqlPool,
  options: TableOptions,
): MigrationSource<Value, MysqlConnection> {
  const table = new MysqlTable(pool, options)
  return {
    positions: mysqlPositions(pool, options),
    plan: (ranges) => table.plan(ranges),
    open: (range) => table.open<Value>(range),
  }
}

interface KeyColumn {
  readonly name: string
  readonly kind: KeyKind
  /** As SQL writes it, for example `decimal(10,2)`. */
  readonly type: string
}

type KeyKind = 'integer' | 'decimal' | 'text' | 'binary' | 'time'

/** Types whose order and text are exact. Not among them: FLOAT and DOUBLE, and ENUM and SET, which sort by number. */
const KINDS: ReadonlyMap<string, KeyKind> = new Map([
  ...['tinyint', 'smallint', 'mediumint', 'int', 'bigint', 'year'].map((type) => [type, 'integer'] as const),
  ['decimal', 'decimal'],
  ...['char', 'varchar', 'uuid', 'inet6'].map((type) => [type, 'text'] as const),
  ...['binary', 'varbinary'].map((type) => [type, 'binary'] as const),
  ...['date', 'datetime', 'timestamp', 'time'].map((type) => [type, 'time'] as const),
])

const UNIQUE_INDEXES = `
SELECT s.INDEX_NAME AS indexName, s.COLUMN_NAME AS name, s.SUB_PART AS part, s.NULLABLE AS nullable,
  c.DATA_TYPE AS dataType, c.COLUMN_TYPE AS columnType
FROM information_schema.STATISTICS s
LEFT JOIN information_schema.COLUMNS c
  ON c.TABLE_SCHEMA = s.TABLE_SCHEMA AND c.TABLE_NAME = s.TABLE_NAME AND c.COLUMN_NAME = s.COLUMN_NAME
WHERE s.TABLE_SCHEMA = coalesce(?, DATABASE()) AND s.TABLE_NAME = ? AND s.NON_UNIQUE = 0
ORDER BY s.INDEX_NAME, s.SEQ_IN_INDEX`

class MysqlTable {
  readonly #pool: MysqlPool
  readonly #options: TableOptions
  readonly #from: string
  #key: readonly KeyColumn[] | null = null

  constructor(pool: MysqlPool, options: TableOptions) {
    this.#pool = pool
    this.#options = options
    this.#from = quoteName(options.table, '`')
  }

  async plan(ranges: number): Promise<readonly SourceRange[]> {
    const key = await this.#inspect()
    const { where = 'true' } = this.#options
    const [counted] = await this.#pool.query(`SELECT count(*) AS total FROM ${this.#from} WHERE ${where}`)
    const list = key.map(selected).join(', ')
    const next = async (after: string | null, count: number): Promise<string | null> => {
      const values: unknown[] = []
      const sql = `SELECT ${list} FROM ${this.#from} WHERE (${where})${bound(this.#from, key, after, '>', values)}
        ORDER BY ${namesOf(this.#from, key)} LIMIT 1 OFFSET ${count - 1}`
      const [rows] = await this.#pool.query(sql, values)
      return rows[0] === undefined ? null : idOfRow(rows[0], key)
    }
    return await boundaries(Number(counted[0].total), ranges, next)
  }

  async open<Value extends object>(range: SourceRange): Promise<UnitReader<Value, MysqlConnection>> {
    const key = await this.#inspect()
    const { where = 'true', columns } = this.#options
    const wanted =
      columns === undefined
        ? [`${this.#from}.*`]
        : [...new Set([...key.map(({ name }) => name), ...columns])].map((column) => quoteName(column, '`'))
    // Of two columns with one name mysql2 keeps the last.
    const list = [...wanted, ...key.filter(({ kind }) => kind === 'time').map(selected)].join(', ')
    const from = this.#from
    return {
      read: async (position, limit, transaction) => {
        const values: unknown[] = []
        const after = bound(from, key, position ?? range.from, '>', values)
        const sql = `SELECT ${list} FROM ${from} WHERE (${where})${after}${bound(from, key, range.to, '<=', values)}
          ORDER BY ${namesOf(from, key)} LIMIT ${limit}`
        const [rows] = await (transaction ?? this.#pool).query(sql, values)
        return { values: rows as Value[], idAt: (index) => idOfRow(rows[index], key) }
      },
      close: async () => {},
    }
  }

  async #inspect(): Promise<readonly KeyColumn[]> {
    this.#key ??= await inspect(this.#pool, this.#options)
    return this.#key
  }
}

interface IndexRow {
  readonly indexName: string
  readonly name: string | null
  readonly part: number | null
  readonly nullable: string
  readonly dataType: string
  readonly columnType: string
}

async function inspect(pool: MysqlPool, { table, key }: TableOptions): Promise<readonly KeyColumn[]> {
  const dot = table.indexOf('.')
  const [schema, name] = dot < 0 ? [null, table] : [table.slice(0, dot), table.slice(dot + 1)]
  const [found] = (await pool.query(UNIQUE_INDEXES, [schema, name])) as [IndexRow[]]
  if (found.length === 0)
    throw new InvalidInputError('table', `there is no table ${table} with a unique index`)
  const indexes = [...Map.groupBy(found, ({ indexName }) => indexName).values()]
    .filter((columns) => columns.every((column) => column.name !== null && column.part === null))
    .map(
      (columns): UniqueIndex => ({
        columns: columns.map((column) => String(column.name)),
        primary: columns[0]?.indexName === 'PRIMARY',
      }),
    )
  return chooseKey(table, indexes, key).map((column) => {
    const { nullable, dataType, columnType } = found.find((row) => row.name === column) as IndexRow
    if (nullable === 'YES') {
      throw new InvalidInputError(
        'key',
        `the column ${column} of ${table} may be null; such rows have no place in an order`,
      )
    }
    const kind = KINDS.get(dataType.toLowerCase())
    if (kind === undefined) {
      throw new InvalidInputError(
        'key',
        `the column ${column} of ${table} is ${columnType}, which has no exact order`,
      )
    }
    return { name: column, kind, type: columnType }
  })
}

/** With their table: a bare name in ORDER BY means what is selected under it, which may be the text of the column. */
function namesOf(from: string, key: readonly KeyColumn[]): string {
  return key.map(({ name }) => `${from}.${quoteName(name, '`')}`).join(', ')
}

/** A key column as it is read where its value must be exact. */
function selected({ name, kind }: KeyColumn): string {
  const quoted = quoteName(name, '`')
  return kind === 'time' ? `CAST(${quoted} AS CHAR) AS ${quoted}` : quoted
}

/**
 * MySQL does not answer a row comparison from an index, so it is written out: `a >= ? AND (a > ? OR a = ? AND b > ?)`, of
 * which the first part finds the place: https://dev.mysql.com/doc/refman/8.4/en/row-constructor-optimization.html.
 * Adds to the statement's values.
 */
function bound(
  from: string,
  key: readonly KeyColumn[],
  id: string | null,
  operator: '>' | '<=',
  values: unknown[],
): string {
  if (id === null) return ''
  const texts = keyOfId(id, key.length)
  const compared = (index: number, by: string): string => {
    const column = key[index] as KeyColumn
    values.push(parameterOf(column, texts[index] as string))
    const parameter = column.kind === 'decimal' ? `CAST(? AS ${column.type.replace(/ .*$/, '')})` : '?'
    return `${from}.${quoteName(column.name, '`')} ${by} ${parameter}`
  }
  const last = key.length - 1
  if (last === 0) return ` AND ${compared(0, operator)}`
  const strict = operator.charAt(0)
  const place = compared(0, `${strict}=`)
  const alternatives = key.map((_, index) => {
    const equal = Array.from({ length: index }, (__, before) => compared(before, '='))
    return [...equal, compared(index, index === last ? operator : strict)].join(' AND ')
  })
  return ` AND ${place} AND (${alternatives.join(' OR ')})`
}

/** The parameter for a key's text: integers exactly, bytes as bytes. */
function parameterOf({ kind }: KeyColumn, text: string): unknown {
  if (kind === 'integer') return BigInt(text)
  return kind === 'binary' ? Buffer.from(text, 'hex') : text
}

function idOfRow(row: Row, key: readonly KeyColumn[]): string {
  if (key.length === 1) return keyText(row[(key[0] as KeyColumn).name])
  return idOfKey(key.map(({ name }) => keyText(row[name])))
}

function keyText(value: unknown): string {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw new InvalidInputError('key', `${value} is not exact: set supportBigNumbers on the pool`)
  }
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value)
}
