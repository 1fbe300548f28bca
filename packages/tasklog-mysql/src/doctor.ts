import type { Connection } from './connection.ts'
import { schemaStatus } from './container.ts'
import { isMissingTable } from './errors.ts'
import { CREATE_JOURNAL, nameTables, SCHEMA_STEPS, statementsOf } from './schema.ts'
import { patiently, Transaction } from './transaction.ts'

const TABLES = ['{tasks}', '{workers}', '{queues}', '{schema}'] as const

/** Removes what {@link freshTables} made; never the tables themselves. */
export const DROP_FRESH_TABLES: string = `DROP TEMPORARY TABLE IF EXISTS ${TABLES.join(', ')}`

/**
 * What is not as this release makes it, one sentence each. The tables are held against fresh ones; columns and indexes of
 * yours beside them are no matter.
 */
export async function doctor(connection: Connection): Promise<string[]> {
  const { state, steps } = await schemaStatus(connection)
  if (state !== 'current') return [`The schema is ${state}. Run: waybill schema up`]
  const drifted = steps.filter((step) => !step.checksumFits)
  return [
    ...drifted.map((step) => `The step ${step.id} was taken with other statements than this release has.`),
    ...(await patiently(connection, (client) => tableDifferences(new Transaction(connection, client)))),
  ]
}

async function tableDifferences(transaction: Transaction): Promise<string[]> {
  const found = await partsOfTables(transaction)
  const expected = await freshTables(transaction)
  return [...expected].flatMap(([part, definition]) => {
    const actual = found.get(part)
    if (actual === definition) return []
    return actual === undefined
      ? [`${part} is missing; it should be: ${definition}`]
      : [`${part} differs: it is ${actual}, and should be ${definition}`]
  })
}

/** As this release makes them: temporary tables, which hide those of the same name from this connection for a moment. */
async function freshTables(transaction: Transaction): Promise<ReadonlyMap<string, string>> {
  const statements = [CREATE_JOURNAL, ...SCHEMA_STEPS.map(({ sql }) => sql)].flatMap(statementsOf)
  try {
    for (const statement of statements) {
      await transaction.execute(statement.replace('CREATE TABLE IF NOT EXISTS', 'CREATE TEMPORARY TABLE'))
    }
    return await partsOfTables(transaction)
  } finally {
    await transaction.execute(DROP_FRESH_TABLES)
  }
}

/** Columns, indexes and options of the tables, each as the server spells it. */
async function partsOfTables(transaction: Transaction): Promise<ReadonlyMap<string, string>> {
  const parts = new Map<string, string>()
  for (const table of TABLES) {
    const name = nameTables(table, transaction.connection.options.prefix)
    for (const line of (await spellingOf(transaction, table)).split('\n').slice(1)) {
      const definition = line
        .trim()
        .replace(/,$/, '')
        .replace(/ AUTO_INCREMENT=\d+/, '')
      const part = /^(?:PRIMARY KEY|(?:UNIQUE )?KEY `\w+`|`\w+`)/.exec(definition)?.[0] ?? 'Its kind'
      parts.set(`${name}: ${part}`, definition)
    }
  }
  return parts
}

/** The statement that would make the table; nothing when it is not there. */
async function spellingOf(transaction: Transaction, table: string): Promise<string> {
  try {
    const rows = (await transaction.execute(`SHOW CREATE TABLE ${table}`)) as { 'Create Table': string }[]
    return rows[0]?.['Create Table'] ?? ''
  } catch (error) {
    if (isMissingTable(error)) return ''
    throw error
  }
}
