import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CallerTransaction, type TaskLogSubject, taskLogConformance } from '@waybill/conformance'
import Database from 'better-sqlite3'
import { createSqliteTaskLog } from '../src/index.ts'

/** What a database of yours could make different; the rest are the same statements again. */
const OF_THE_CONNECTION = [
  'schema',
  'contract',
  'add',
  'key',
  'transaction',
  'claim',
  'settle',
  'wake',
  'close',
]

taskLogConformance(
  {
    name: 'sqlite, a file',
    async create() {
      const { file, dispose } = temporaryFile()
      return {
        log: createSqliteTaskLog({ file }),
        open: async () => createSqliteTaskLog({ file }),
        begin: async () => begin(file),
        elsewhere: { module: import.meta.resolve('./elsewhere.ts'), options: { file } },
        dispose,
      }
    },
  },
  { sheet: '../guarantees.json' },
)

taskLogConformance(
  {
    name: 'sqlite, a database of yours',
    async create() {
      const { file, dispose } = temporaryFile()
      const options = { prefix: 'other_' }
      const database = new Database(file)
      database.pragma('journal_mode = WAL')
      database.pragma('synchronous = FULL')
      return {
        log: createSqliteTaskLog({ database }, options),
        open: async () => createSqliteTaskLog({ database }, options),
        begin: async () => begin(file),
        elsewhere: { module: import.meta.resolve('./elsewhere.ts'), options: { file, ...options } },
        dispose: async () => {
          database.close()
          await dispose()
        },
      }
    },
  },
  { only: OF_THE_CONNECTION },
)

function temporaryFile(): { readonly file: string } & Required<Pick<TaskLogSubject, 'dispose'>> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-'))
  return { file: join(folder, 'log.db'), dispose: async () => rmSync(folder, { recursive: true }) }
}

function begin(file: string): CallerTransaction {
  const database = new Database(file)
  database.exec('BEGIN IMMEDIATE')
  const end = async (sql: string): Promise<void> => {
    database.exec(sql)
    database.close()
  }
  return { transaction: database, commit: () => end('COMMIT'), rollback: () => end('ROLLBACK') }
}
