import { InvalidInputError } from '@waybill/core'
import { type PostgresClient, type PostgresPool, postgresPositions } from '../positions/postgres-positions.ts'
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
 * The rows of a PostgreSQL table, in the order of a unique key. Rows that are added behind the last key while the
 * migration runs are not part of it. A key column of a date or time type arrives as text: a Date has no microseconds.
 */
export function postgresTable<Value extends object = Row>(
  pool: PostgresPool,
  options: TableOptions,
): MigrationSource<Value, PostgresClient> {
  const table = new PostgresTable(pool, options)
  return {
    positions: postgresPositions(pool, options),
    plan: (ranges) => table.plan(ranges),
    open: (range) => table.open<Value>(range),
  }
}

interface KeyColumn {
  readonly name: string
  /** As SQL writes it, for example `numeric(10,2)`. */
  readonly type: string
}

const UNIQUE_INDEXES = `
SELECT i.indexrelid::text AS index, i.indisprimary AS primary, a.attname AS name, a.attnotnull AS "notNull",
  format_type(a.atttypid, a.atttypmod) AS type
FROM pg_index i
CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, place)
LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
WHERE i.indrelid = to_regclass($1) AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
  AND k.place <= i.indnkeyatts
ORDER BY i.indisprimary DESC, i.indexrelid, k.place`

/** Types whose values pg hands over as a Date, or otherwise not exactly: they are read as text. */
const READ_AS_TEXT = /^(timestamp|date|time|interval)/

class PostgresTable {
  readonly #pool: PostgresPool
  readonly #options: TableOptions
  readonly #from: string
  #key: readonly KeyColumn[] | null = null

  constructor(pool: PostgresPool, options: TableOptions) {
    this.#pool = pool
    this.#options = options
    this.#from = quoteName(options.table, '"')
  }

  async plan(ranges: number): Promise<readonly SourceRange[]> {
    const key = await this.#inspect()
    const { where = 'true' } = this.#options
    const { rows } = await this.#pool.query(`SELECT count(*) AS total FROM ${this.#from} WHERE ${where}`)
    const names = namesOf(this.#from, key)
    const texts = key.map(({ name }) => `${quoteName(name, '"')}::text AS ${quoteName(name, '"')}`).join(', ')
    const next = async (after: string | null, count: number): Promise<string | null> => {
      const values: unknown[] = [count - 1]
      const sql = `SELECT ${texts} FROM ${this.#from} WHERE (${where})${bound(this.#from, key, after, '>', values)}
        ORDER BY ${names} LIMIT 1 OFFSET $1`
      const found = await this.#pool.query(sql, values)
      return found.rows[0] === undefined ? null : idOfRow(found.rows[0], key)
    }
    return await boundaries(Number(rows[0].total), ranges, next)
  }

  async open<Value extends object>(range: SourceRange): Promise<UnitReader<Value, PostgresClient>> {
    const key = await this.#inspect()
    const { where = 'true', columns } = this.#options
    const asText = key.filter(({ type }) => READ_AS_TEXT.test(type)).map(({ name }) => quoteName(name, '"'))
    const wanted =
      columns === undefined
        ? ['*']
        : [...new Set([...key.map(({ name }) => name), ...columns])].map((column) => quoteName(column, '"'))
    // Of two columns with one name pg keeps the last.
    const list = [...wanted, ...asText.map((name) => `${name}::text AS ${name}`)].join(', ')
    const from = this.#from
    return {
      read: async (position, limit, transaction) => {
        const values: unknown[] = [limit]
        const sql = `SELECT ${list} FROM ${from}
          WHERE (${where})${bound(from, key, position ?? range.from, '>', values)}${bound(from, key, range.to, '<=', values)}
          ORDER BY ${namesOf(from, key)} LIMIT $1`
        const { rows } = await (transaction ?? this.#pool).query(sql, values)
        return { values: rows as Value[], idAt: (index) => idOfRow(rows[index], key) }
      },
      close: async () => {},
    }
  }

  async #inspect(): Promise<readonly KeyColumn[]> {
    this.#key ??= await inspect(this.#pool, this.#from, this.#options)
    return this.#key
  }
}

async function inspect(
  pool: PostgresPool,
  from: string,
  { table, key }: TableOptions,
): Promise<readonly KeyColumn[]> {
  const exists = await pool.query('SELECT to_regclass($1) IS NOT NULL AS "exists"', [from])
  if (exists.rows[0].exists !== true) throw new InvalidInputError('table', `there is no table ${table}`)
  const { rows } = await pool.query(UNIQUE_INDEXES, [from])
  const found = rows as (KeyColumn & {
    index: string
    primary: boolean
    name: string | null
    notNull: boolean
  })[]
  const indexes = [...Map.groupBy(found, ({ index }) => index).values()]
    .filter((columns) => columns.every(({ name }) => name !== null))
    .map(
      (columns): UniqueIndex => ({
        columns: columns.map(({ name }) => String(name)),
        primary: columns[0]?.primary === true,
      }),
    )
  const chosen = chooseKey(table, indexes, key)
  return chosen.map((column) => {
    const { type, notNull } = found.find(({ name }) => name === column) as (typeof found)[number]
    if (!notNull) {
      throw new InvalidInputError(
        'key',
        `the column ${column} of ${table} may be null; such rows have no place in an order`,
      )
    }
    return { name: column, type }
  })
}

/** With their table: a bare name in ORDER BY means what is selected under it, which may be the text of the column. */
function namesOf(from: string, key: readonly KeyColumn[]): string {
  return key.map(({ name }) => `${from}.${quoteName(name, '"')}`).join(', ')
}

/** A row comparison, which PostgreSQL answers from the index of the key. Adds to the statement's values. */
function bound(
  from: string,
  key: readonly KeyColumn[],
  id: string | null,
  operator: '>' | '<=',
  values: unknown[],
): string {
  if (id === null) return ''
  const texts = keyOfId(id, key.length)
  const parameters = key.map(({ type }, index) => `CAST($${values.push(texts[index])} AS ${type})`)
  return ` AND (${namesOf(from, key)}) ${operator} (${parameters.join(', ')})`
}

function idOfRow(row: Row, key: readonly KeyColumn[]): string {
  if (key.length === 1) return keyText(row[(key[0] as KeyColumn).name])
  return idOfKey(key.map(({ name }) => keyText(row[name])))
}

function keyText(value: unknown): string {
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`
  if (typeof value === 'object' && value !== null) {
    throw new InvalidInputError(
      'key',
      `a key of type ${value.constructor.name} cannot be written down: choose another key`,
    )
  }
  return String(value)
}
