import { setImmediate, setTimeout } from 'node:timers/promises'
import { StoreError, type TaskHold, WaybillError } from '@waybill/core'
import type { Connection } from './connection.ts'
import { requireSchema } from './container.ts'
import { isBusy, nativeCode, outcomeUnknown, toStoreError } from './errors.ts'

/** Between two attempts to get the write lock. */
const LONGEST_WAIT_MS = 50

type Value = string | number | null

/** The values of a statement, by name or by place. */
export type Values = Readonly<Record<string, Value>> | readonly Value[]

/** A task that was queued. */
export interface Queued {
  readonly queue: string
  readonly hold: TaskHold | null
}

/** What the statements of one transaction share: the connection and one reading of the clock. */
export class Transaction {
  readonly connection: Connection
  /** The log's time, the same for all of the transaction; every statement knows it as `:now`. */
  readonly now: number
  /** Queues in which tasks became ready. */
  readonly readyQueues: Set<string> = new Set()

  /** @param connection where the statements run */
  constructor(connection: Connection) {
    this.connection = connection
    this.now = connection.now()
  }

  /** The rows a statement answers. */
  rows<Row>(sql: string, values: Values = {}): Row[] {
    return this.connection.statement(sql).all(this.#bound(values)) as Row[]
  }

  /** The first row a statement answers. */
  row<Row>(sql: string, values: Values = {}): Row | undefined {
    return this.connection.statement(sql).get(this.#bound(values)) as Row | undefined
  }

  /** Runs a statement; answers how many rows it changed. */
  run(sql: string, values: Values = {}): number {
    return this.connection.statement(sql).run(this.#bound(values)).changes
  }

  #bound(values: Values): Values {
    return Array.isArray(values) ? values : { now: this.now, ...values }
  }

  /** Notes the queues of those tasks that can be claimed. */
  queued(tasks: readonly Queued[]): void {
    for (const { queue, hold } of tasks) if (hold === null) this.readyQueues.add(queue)
  }
}

/** What is done in a transaction. Synchronous: an `await` inside would let other calls in between. */
export type Work<Answer> = (transaction: Transaction) => Answer

/** How {@link write} and {@link read} do their work. */
export interface WorkOptions {
  /** Called after the commit with the queues in which tasks became ready. */
  readonly committed?: (readyQueues: ReadonlySet<string>) => void
  /** False: the tables may be missing. */
  readonly requiresSchema?: boolean
}

/**
 * Does work in a transaction and answers what it answers, after the commit. Waits for the write lock up to `busyTimeout`.
 * On a connection of ours all that is asked for in one turn of the event loop shares a transaction, and so one wait for
 * the disk. A database that was handed in may be inside a transaction of the caller's by the next turn: there the first
 * attempt is made before this returns.
 */
export function write<Answer>(
  connection: Connection,
  work: Work<Answer>,
  options: WorkOptions = {},
): Promise<Answer> {
  if (!connection.isOwn || options.requiresSchema === false) return writeAlone(connection, work, options)
  return new Promise((resolve, reject) => {
    connection.writes.push({ work, options, resolve, reject } as Write<unknown>)
    connection.writing ??= setImmediate().then(() => writeGroups(connection))
  })
}

/** Work that waits for its turn. */
export interface Write<Answer> {
  readonly work: Work<Answer>
  readonly options: WorkOptions
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

async function writeGroups(connection: Connection): Promise<void> {
  while (connection.writes.length > 0) await writeGroup(connection, connection.writes.splice(0))
  connection.writing = null
}

/** All of a group in one transaction. When one fails, each is done alone, so that it takes no other with it. */
async function writeGroup(connection: Connection, group: readonly Write<unknown>[]): Promise<void> {
  try {
    const all: Work<unknown[]> = (transaction) => group.map(({ work }) => work(transaction))
    const { answer, readyQueues } = await patiently(connection, () => immediately(connection, all, {}))
    for (const committed of new Set(group.map(({ options }) => options.committed))) committed?.(readyQueues)
    for (const [index, { resolve }] of group.entries()) resolve(answer[index])
  } catch (error) {
    const isTheirs = group.length > 1 && !isBusy(error) && !WaybillError.isInstance(error, 'outcome_unknown')
    for (const { work, options, resolve, reject } of group) {
      if (isTheirs) await writeAlone(connection, work, options).then(resolve, reject)
      else reject(error)
    }
  }
}

function writeAlone<Answer>(
  connection: Connection,
  work: Work<Answer>,
  options: WorkOptions,
): Promise<Answer> {
  return patiently(connection, () => {
    const { answer, readyQueues } = immediately(connection, work, options)
    options.committed?.(readyQueues)
    return answer
  })
}

/** Reads, without a transaction: every answer the log gives comes from one statement. */
export function read<Answer>(
  connection: Connection,
  work: Work<Answer>,
  options: WorkOptions = {},
): Promise<Answer> {
  return patiently(connection, () => {
    connection.configure()
    if (options.requiresSchema !== false) requireSchema(connection)
    return work(new Transaction(connection))
  })
}

/** Does work inside the caller's transaction, all of it or nothing; the caller commits. Never waits. */
export function within<Answer>(connection: Connection, work: Work<Answer>): Done<Answer> {
  const { database } = connection
  try {
    requireSchema(connection)
    database.exec('SAVEPOINT waybill')
    try {
      return run(connection, work)
    } catch (error) {
      // Some faults end the whole transaction, and the savepoint with it (https://www.sqlite.org/lang_transaction.html).
      if (database.inTransaction) database.exec('ROLLBACK TO waybill')
      throw error
    } finally {
      if (database.inTransaction) database.exec('RELEASE waybill')
    }
  } catch (error) {
    throw toStoreError(error, database.name)
  }
}

interface Done<Answer> {
  readonly answer: Answer
  readonly readyQueues: ReadonlySet<string>
}

function run<Answer>(connection: Connection, work: Work<Answer>): Done<Answer> {
  const transaction = new Transaction(connection)
  return { answer: work(transaction), readyQueues: transaction.readyQueues }
}

/** IMMEDIATE takes the write lock first: a transaction that reads and then writes could find it too late to get it. */
function immediately<Answer>(
  connection: Connection,
  work: Work<Answer>,
  { requiresSchema }: WorkOptions,
): Done<Answer> {
  const { database } = connection
  if (database.inTransaction) throw insideTransaction(database.name)
  connection.configure()
  let isCommitting = false
  try {
    connection.statement('BEGIN IMMEDIATE').run()
    if (requiresSchema !== false) requireSchema(connection)
    const done = run(connection, work)
    isCommitting = true
    connection.statement('COMMIT').run()
    return done
  } catch (error) {
    if (database.inTransaction) connection.statement('ROLLBACK').run()
    const isUnknown = isCommitting && nativeCode(error)?.startsWith('SQLITE_IOERR')
    throw isUnknown ? outcomeUnknown(error, database.name) : error
  }
}

function insideTransaction(name: string): StoreError {
  return new StoreError(
    'store_contention',
    `The database ${name} is inside a transaction of yours. End it first; to add tasks inside it, pass the database as transaction.`,
    { retryable: true },
  )
}

async function patiently<Answer>(connection: Connection, attempt: () => Answer): Promise<Answer> {
  const deadline = performance.now() + connection.options.busyTimeoutMs
  for (let waitMs = 1; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      connection.requireOpen()
      return attempt()
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) throw toStoreError(error, connection.database.name)
    }
    await setTimeout(waitMs * (0.5 + Math.random() / 2))
  }
}
