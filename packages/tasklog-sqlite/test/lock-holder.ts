import Database from 'better-sqlite3'

/** Holds the write lock of a file until its parent says otherwise. */
const database = new Database(process.argv[2])
database.exec('BEGIN IMMEDIATE')
process.on('message', () => {
  database.exec('COMMIT')
  process.exit()
})
process.send?.('locked')
