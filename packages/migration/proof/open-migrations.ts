import { createDurableBroker } from '@waybill/broker-durable'
import { Queue, QueueDispatcher } from '@waybill/core'
import { type AnyMigration, createMigrations, type Migrations, type WatchOptions } from '../src/index.ts'
import type { ProofDatabase } from './databases.ts'

/** The migration of a proof on a dispatcher over the database's own log. */
export function openMigrations(
  database: ProofDatabase,
  migration: AnyMigration,
  watch: WatchOptions = {},
): Migrations {
  const queues = [new Queue('default', createDurableBroker(database.log))]
  const dispatcher = new QueueDispatcher({ queues, taskLog: database.log, owner: 'proof' })
  return createMigrations({ dispatcher, migrations: [migration], ...watch })
}
