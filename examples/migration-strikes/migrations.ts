import { fileURLToPath } from 'node:url'
import { type CsvRow, csvSource, defineMigration, sqlitePositions, sqliteTable } from '@waybill/migration'
import type Database from 'better-sqlite3'

/** A bird that met an aircraft, as the table has it. */
export interface Strike {
  readonly id: number
  readonly flight_date: string
  readonly cost: string
  readonly cost_dollars: number | null
}

const file = fileURLToPath(new URL('../data/birdstrikes.csv', import.meta.resolve('vega-datasets')))
const OLD = "flight_date < '1995-01-01'"

/** Three migrations of bird strikes, in the order in which they make sense. */
export function strikeMigrations(database: Database.Database) {
  database.exec(`
    CREATE TABLE IF NOT EXISTS strikes (
      id INTEGER PRIMARY KEY, airport TEXT, species TEXT, flight_date TEXT NOT NULL, cost TEXT NOT NULL, cost_dollars INTEGER
    )`)

  const load = database.prepare(
    'INSERT INTO strikes (airport, species, flight_date, cost) VALUES (?, ?, ?, ?)',
  )
  const importStrikes = defineMigration({
    name: 'import-strikes',
    source: csvSource(file),
    // Next to the table: a line of the file becomes a row exactly once, however often this process is killed.
    positions: sqlitePositions(database),
    process: (row: CsvRow) => {
      load.run(row['Airport Name'], row['Wildlife Species'], row['Flight Date'], row['Cost Total $'])
    },
    verifyAll: () => database.prepare('SELECT count(*) FROM strikes').pluck().get() === 10_000,
  })

  const update = database.prepare('UPDATE strikes SET cost_dollars = ? WHERE id = ?')
  const encodeCosts = defineMigration({
    name: 'encode-costs',
    source: sqliteTable<Strike>(database, { table: 'strikes' }),
    ranges: 4,
    process: ({ id, cost }) => {
      const dollars = Number(cost.replaceAll(',', ''))
      if (!Number.isInteger(dollars)) throw new TypeError(`${JSON.stringify(cost)} is no amount`)
      update.run(dollars, id)
    },
    verify: ({ cost, cost_dollars }) => cost_dollars === Number(cost.replaceAll(',', '')),
  })

  const remove = database.prepare('DELETE FROM strikes WHERE id = ?')
  const forgetOld = defineMigration({
    name: 'forget-old-strikes',
    source: sqliteTable<Strike>(database, { table: 'strikes', where: OLD }),
    process: ({ id }) => void remove.run(id),
    verifyAll: () => database.prepare(`SELECT 1 FROM strikes WHERE ${OLD}`).get() === undefined,
  })

  return [importStrikes, encodeCosts, forgetOld]
}
