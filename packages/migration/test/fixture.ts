import { createDurableBroker } from '@waybill/broker-durable'
import {
  type ClaimableTaskLogBroker,
  LongRunningWorker,
  type LongRunningWorkerOptions,
  Queue,
  QueueDispatcher,
  type TaskLogEntity,
} from '@waybill/core'
import { createMemoryTaskLog } from '@waybill/tasklog-memory'
import Database from 'better-sqlite3'
import { type AnyMigration, createMigrations, type Migrations } from '../src/index.ts'

/** Migrations over a log, with everything that is watched watched closely. */
export function migrationsOver(
  migrations: readonly AnyMigration[],
  log: ClaimableTaskLogBroker = createMemoryTaskLog(),
): Migrations {
  const queues = [new Queue('default', createDurableBroker(log))]
  const dispatcher = new QueueDispatcher({ queues, taskLog: log, owner: 'ada' })
  return createMigrations({ dispatcher, migrations, pollMs: 5, healthMs: 5 })
}

/** A worker for migrations, and what it comes to. */
export function startWorker(
  { dispatcher }: Migrations,
  options: LongRunningWorkerOptions = {},
): { readonly worker: LongRunningWorker; readonly working: Promise<unknown> } {
  const worker = new LongRunningWorker(dispatcher, {
    queues: ['migrations'],
    beatMs: 20,
    sweepMs: 20,
    immediateRetries: true,
    ...options,
  })
  return { worker, working: worker.run() }
}

/** Runs a migration to its end and answers the run's entry. */
export async function runToEnd(
  migrations: Migrations,
  name: string,
  options: Parameters<Migrations['run']>[1] = {},
): Promise<TaskLogEntity> {
  const { id } = await migrations.run(name, options)
  const { worker, working } = startWorker(migrations)
  const [entry] = await migrations.dispatcher.taskLog.wait(id, { timeout: '60s' })
  worker.abort()
  await working
  return entry as TaskLogEntity
}

/** A person in the table of people. */
export interface Person {
  readonly id: number
  readonly name: string
  readonly upper: string | null
}

/** A database with a table of people, `upper` still to be filled in. */
export function peopleDatabase(people: number, file = ':memory:'): Database.Database {
  const database = new Database(file)
  database.exec('CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL, upper TEXT)')
  fillPeople(database, people)
  return database
}

function fillPeople(database: Database.Database, people: number): void {
  const insert = database.prepare('INSERT INTO people (id, name) VALUES (?, ?)')
  database.transaction(() => {
    for (let id = 1; id <= people; id += 1) insert.run(id, `person ${id}`)
  })()
}

/** Resolves when the condition holds, looked at every few milliseconds; fails after ten seconds. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + 10_000
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited 10 s for: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
