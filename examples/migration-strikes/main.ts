import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createDurableBroker } from '@waybill/broker-durable'
import { Queue, QueueDispatcher } from '@waybill/core'
import { createMigrations, workOn } from '@waybill/migration'
import { createSqliteTaskLog } from '@waybill/tasklog-sqlite'
import Database from 'better-sqlite3'
import { strikeMigrations } from './migrations.ts'

const folder = join(import.meta.dirname, 'out')
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder)

const database = new Database(join(folder, 'strikes.db'))
database.pragma('journal_mode = WAL')
const taskLog = createSqliteTaskLog({ file: join(folder, 'waybill.db') })
const queues = [new Queue('default', createDurableBroker(taskLog))]
const dispatcher = new QueueDispatcher({ queues, taskLog, owner: 'ada' })
const migrations = createMigrations({ dispatcher, migrations: strikeMigrations(database) })
await dispatcher.initialize()

for (const name of migrations.names()) {
  const { id } = await migrations.run(name)
  await workOn(migrations, name, id)
  const { evidence } = await migrations.status(name)
  console.log(
    `${name}: ${evidence?.units} units, checksum ${evidence?.checksum}, complete: ${evidence?.complete}`,
  )
}
console.log(database.prepare('SELECT count(*) AS strikes, sum(cost_dollars) AS dollars FROM strikes').get())

await taskLog.close()
database.close()
