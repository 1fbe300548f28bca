import type { Connection, PostgresClient } from './connection.ts'
import { schemaStatus } from './container.ts'
import { CREATE_JOURNAL, nameTables, SCHEMA_STEPS } from './schema.ts'
import { patiently, Transaction } from './transaction.ts'

/** The columns of the log's tables in a schema. */
export const TABLE_COLUMNS = `
SELECT format('%s.%s', relname, attname) AS name, concat_ws(' ',
  format_type(atttypid, atttypmod),
  CASE WHEN attcollation <> 0 THEN format('COLLATE "%s"', collname) END,
  CASE WHEN attnotnull THEN 'NOT NULL' END,
  CASE WHEN attidentity <> '' THEN 'IDENTITY' END,
  'DEFAULT ' || pg_get_expr(adbin, adrelid)
) AS definition
FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
LEFT JOIN pg_collation ON pg_collation.oid = attcollation
LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE relkind = 'r' AND relnamespace = :schema::oid AND relname = ANY (:tables::text[])
ORDER BY relname, attnum`

/** The indexes of the log's tables in a schema. */
export const TABLE_INDEXES = `
SELECT index.relname AS name, concat_ws(' ',
  CASE WHEN indisunique THEN 'UNIQUE' END, substring(pg_get_indexdef(indexrelid) FROM 'USING .*'),
  CASE WHEN NOT indisvalid THEN '(invalid: it was not built to the end)' END
) AS definition
FROM pg_class AS task_log JOIN pg_index ON indrelid = task_log.oid JOIN pg_class AS index ON index.oid = indexrelid
WHERE task_log.relnamespace = :schema::oid AND task_log.relname = ANY (:tables::text[])
ORDER BY index.relname`

/** The schema of the log's tables, and the one of a session's temporary tables. */
export const SCHEMAS = `
SELECT oid AS found, pg_my_temp_schema() AS fresh FROM pg_namespace WHERE nspname = :schema`

/** Settings with which a crash may take commits with it. */
export const UNSAFE_SETTINGS = `
SELECT name FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off'
ORDER BY name`

interface Part {
  readonly name: string
  readonly definition: string
}

/**
 * What is not as this release makes it, one sentence each. The tables are held against temporary ones that are made for
 * it and rolled back; columns and indexes of yours beside them are no matter.
 */
export async function doctor(connection: Connection): Promise<string[]> {
  const { state, steps } = await schemaStatus(connection)
  if (state !== 'current') return [`The schema is ${state}. Run: waybill schema up`]
  return patiently(connection, async (client) => {
    const transaction = new Transaction(connection, client)
    await transaction.run('BEGIN')
    try {
      await makeFresh(connection, client)
      return [
        ...steps
          .filter((step) => !step.checksumFits)
          .map((step) => `The step ${step.id} was taken with other statements than this release has.`),
        ...(await differences(transaction, 'column', TABLE_COLUMNS)),
        ...(await differences(transaction, 'index', TABLE_INDEXES)),
        ...(await unsafeSettings(transaction)),
      ]
    } finally {
      await transaction.run('ROLLBACK')
    }
  })
}

async function makeFresh({ options }: Connection, client: PostgresClient): Promise<void> {
  for (const sql of [CREATE_JOURNAL, ...SCHEMA_STEPS.map((step) => step.sql)]) {
    await client.query({ text: nameTables(sql, { ...options, schema: 'pg_temp' }), values: [] })
  }
}

async function differences(
  transaction: Transaction,
  kind: 'column' | 'index',
  sql: string,
): Promise<string[]> {
  const { schema, prefix } = transaction.connection.options
  const [schemas] = await transaction.rows<{ found: string; fresh: string }>(SCHEMAS, { schema })
  const tables = ['tasks', 'workers', 'queues', 'schema'].map((table) => prefix + table)
  const partsIn = async (oid: string | undefined): Promise<readonly Part[]> =>
    transaction.rows<Part>(sql, { schema: oid, tables })
  const found = new Map((await partsIn(schemas?.found)).map(({ name, definition }) => [name, definition]))
  return (await partsIn(schemas?.fresh)).flatMap(({ name, definition }) => {
    const actual = found.get(name)
    if (actual === definition) return []
    return actual === undefined
      ? [`The ${kind} ${name} is missing; it should be: ${definition}`]
      : [`The ${kind} ${name} differs: it is ${actual}, and should be ${definition}`]
  })
}

async function unsafeSettings(transaction: Transaction): Promise<string[]> {
  const settings = await transaction.rows<{ name: string }>(UNSAFE_SETTINGS)
  return settings.map(({ name }) => `A crash may take commits with it: ${name} is off.`)
}
