import Database from 'better-sqlite3'
import type { Connection, SqliteDatabase } from './connection.ts'
import { schemaSql, schemaStatus } from './container.ts'
import { nameTables } from './schema.ts'

/** The columns of the log's tables. */
export const TABLE_COLUMNS = `
SELECT tables.name || '.' || columns.name AS name,
  columns.type || iif(columns."notnull", ' NOT NULL', '') || iif(columns.pk, ' PRIMARY KEY', '') AS definition
FROM sqlite_schema AS tables JOIN pragma_table_xinfo(tables.name) AS columns
WHERE tables.type = 'table' AND tables.name IN (:tasks, :workers, :queues, :schema)`

/** The indexes of the log's tables that statements have made. */
export const TABLE_INDEXES = `
SELECT name, sql AS definition FROM sqlite_schema
WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN (:tasks, :workers, :queues, :schema)`

interface Part {
  readonly name: string
  readonly definition: string
}

/**
 * What is not as this release makes it, one sentence each. The tables are held against those of an empty database in
 * memory; columns and indexes of yours beside them are no matter.
 */
export function doctor(connection: Connection): string[] {
  const { state, steps } = schemaStatus(connection)
  if (state !== 'current') return [`The schema is ${state}. Run: waybill schema up`]
  const { prefix } = connection.options
  const fresh: SqliteDatabase = new Database(':memory:')
  try {
    fresh.exec(schemaSql(prefix))
    return [
      ...steps
        .filter((step) => !step.checksumFits)
        .map((step) => `The step ${step.id} was taken with other statements than this release has.`),
      ...differences(
        'column',
        partsOf(fresh, TABLE_COLUMNS, prefix),
        partsOf(connection.database, TABLE_COLUMNS, prefix),
      ),
      ...differences(
        'index',
        partsOf(fresh, TABLE_INDEXES, prefix),
        partsOf(connection.database, TABLE_INDEXES, prefix),
      ),
      ...unsafeSettings(connection),
    ]
  } finally {
    fresh.close()
  }
}

function partsOf(database: SqliteDatabase, sql: string, prefix: string): ReadonlyMap<string, string> {
  const [tasks, workers, queues, schema] = ['{tasks}', '{workers}', '{queues}', '{schema}'].map((name) =>
    nameTables(name, prefix),
  )
  const parts = database.prepare(sql).all({ tasks, workers, queues, schema }) as Part[]
  return new Map(parts.map(({ name, definition }) => [name, definition.replace(/\s+/g, ' ')]))
}

function differences(
  kind: 'column' | 'index',
  expected: ReadonlyMap<string, string>,
  found: ReadonlyMap<string, string>,
): string[] {
  return [...expected].flatMap(([name, definition]) => {
    const actual = found.get(name)
    if (actual === definition) return []
    return actual === undefined
      ? [`The ${kind} ${name} is missing; it should be: ${definition}`]
      : [`The ${kind} ${name} differs: it is ${actual}, and should be ${definition}`]
  })
}

/** Settings that decide whether a commit survives; a database that was handed in keeps its own. */
function unsafeSettings({ database }: Connection): string[] {
  if (database.memory) return []
  const journal = database.pragma('journal_mode', { simple: true })
  const synchronous = Number(database.pragma('synchronous', { simple: true }))
  return [
    ...(journal === 'wal'
      ? []
      : [`The journal mode is ${journal}: readers and the writer wait for each other. Use WAL.`]),
    ...(synchronous >= 2
      ? []
      : ['A power cut may take the last commits with it: synchronous is below FULL.']),
  ]
}
