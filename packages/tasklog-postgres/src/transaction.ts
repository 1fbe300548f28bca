import { setTimeout as delay } from 'node:timers/promises'
import type { TaskHold } from '@waybill/core'
import type { Connection, PostgresClient } from './connection.ts'
import { requireSchema } from './container.ts'
import { isConnectionFault, isRolledBack, outcomeUnknown, toStoreError } from './errors.ts'

/** The parameters of a statement, by name; an array is one parameter. */
export type Parameters = Readonly<Record<string, unknown>>

/** A task that was queued. */
export interface Queued {
  readonly queue: string
  readonly hold: TaskHold | null
}

/** What the statements of one transaction, or of a few single statements, share. */
export class Transaction {
  readonly connection: Connection
  /** Queues in which tasks became ready. */
  readonly readyQueues: Set<string> = new Set()
  readonly #client: PostgresClient
  readonly #isCallers: boolean

  /** @param isCallers the client is the caller's, and may be another library's */
  constructor(connection: Connection, client: PostgresClient, isCallers = false) {
    this.connection = connection
    this.#client = client
    this.#isCallers = isCallers
  }

  /**
   * The rows a statement answers. It is planned anew each time: a plan that is kept is one for the table as it was, and
   * one made while there were few rows reads them all when there are many, until they are analysed again.
   */
  async rows<Row>(sql: string, parameters: Parameters = {}): Promise<Row[]> {
    return (await this.#query(sql, parameters, false)).rows as Row[]
  }

  /** The same for a statement that can be done in one way only, so that its plan may be kept. */
  async prepared<Row>(sql: string, parameters: Parameters): Promise<Row[]> {
    return (await this.#query(sql, parameters, this.connection.options.prepare)).rows as Row[]
  }

  /** Runs a statement, or several without parameters, for what it does; answers how many rows one changed. */
  async run(sql: string, parameters: Parameters = {}): Promise<number> {
    return (await this.#query(sql, parameters, false)).rowCount ?? 0
  }

  /** Notes the queues of those tasks that can be claimed. */
  queued(tasks: readonly Queued[]): void {
    for (const { queue, hold } of tasks) if (hold === null) this.readyQueues.add(queue)
  }

  async #query(
    sql: string,
    parameters: Parameters,
    isPrepared: boolean,
  ): ReturnType<PostgresClient['query']> {
    const { connection } = this
    const { name, text, parameters: names } = connection.statement(sql)
    const values = names.map((parameter) => parameters[parameter])
    if (this.#isCallers) return this.#client.query({ text, values })
    return connection.query(this.#client, isPrepared ? { name, text, values } : { text, values })
  }
}

/** What is done in a transaction. */
export type Work<Answer> = (transaction: Transaction) => Promise<Answer>

/**
 * The transaction and its number, by which its fate can be asked. READ COMMITTED whatever the default: a statement has
 * to see what others committed while it waited for a lock. The limits keep a process that froze in the middle from
 * keeping its locks; they end with the transaction, so that a transaction pooler may come between.
 */
const BEGIN = `
BEGIN ISOLATION LEVEL READ COMMITTED;
SET LOCAL idle_in_transaction_session_timeout = 5000;
SET LOCAL lock_timeout = 5000;
SELECT pg_current_xact_id()::text AS xid`

/** `committed`, `aborted` or `in progress`; null when it is too long ago. */
const FATE = `SELECT pg_xact_status(:xid::xid8) AS fate`

const MAX_ATTEMPTS = 6
const MAX_WAIT_MS = 1_000

/** The connection broke when the server may have done what it was asked to. */
class LostReply<Answer> extends Error {
  /** What was to be committed, where it was a commit. */
  readonly commit: { readonly xid: string; readonly done: Done<Answer> } | null

  constructor(cause: unknown, commit: LostReply<Answer>['commit'] = null) {
    super('lost reply', { cause })
    this.commit = commit
  }
}

interface Done<Answer> {
  readonly answer: Answer
  readonly transaction: Transaction
}

/**
 * Does work in a transaction of its own and answers what it answers, after the commit. The whole of it is repeated after
 * a deadlock, a serialization failure or a lost connection, but never what may have been committed.
 */
export async function write<Answer>(connection: Connection, work: Work<Answer>): Promise<Answer> {
  return announced(connection, async (client) => {
    await requireSchema(new Transaction(connection, client))
    return committed(connection, client, work)
  })
}

/**
 * Does work that is one writing statement, which needs no BEGIN and no COMMIT. It may be repeated after its reply was
 * lost, and is then told so.
 */
export async function writeOnce<Answer>(
  connection: Connection,
  work: (transaction: Transaction, isRepeat: boolean) => Promise<Answer>,
): Promise<Answer> {
  return announced(connection, async (client, isRepeat) => {
    const transaction = new Transaction(connection, client)
    await requireSchema(transaction)
    if (connection.isStricter) return committed(connection, client, (inside) => work(inside, isRepeat))
    try {
      return { answer: await work(transaction, isRepeat), transaction }
    } catch (error) {
      throw isConnectionFault(error) ? new LostReply(error) : error
    }
  })
}

/** Reads. Each statement sees one state of the database. */
export async function read<Answer>(connection: Connection, work: Work<Answer>): Promise<Answer> {
  return patiently(connection, async (client) => {
    const transaction = new Transaction(connection, client)
    await requireSchema(transaction)
    return work(transaction)
  })
}

/** Does work inside the caller's transaction, which the caller commits; only then are workers woken. */
export async function within<Answer>(
  connection: Connection,
  client: PostgresClient,
  work: Work<Answer>,
): Promise<Answer> {
  try {
    const transaction = new Transaction(connection, client, true)
    await requireSchema(transaction)
    const answer = await work(transaction)
    await connection.listeners.wakeAfter(transaction)
    return answer
  } catch (error) {
    throw toStoreError(error)
  }
}

async function announced<Answer>(
  connection: Connection,
  attempt: (client: PostgresClient, isRepeat: boolean) => Promise<Done<Answer>>,
): Promise<Answer> {
  const { answer, transaction } = await patiently(connection, attempt)
  if (transaction.readyQueues.size > 0) connection.listeners.wake(transaction.readyQueues)
  return answer
}

async function committed<Answer>(
  connection: Connection,
  client: PostgresClient,
  work: Work<Answer>,
): Promise<Done<Answer>> {
  const transaction = new Transaction(connection, client)
  let commit: LostReply<Answer>['commit'] = null
  try {
    const xid = await begin(connection, client)
    const done = { answer: await work(transaction), transaction }
    commit = { xid, done }
    await transaction.run('COMMIT')
    return done
  } catch (error) {
    if (isConnectionFault(error)) throw commit === null ? error : new LostReply(error, commit)
    await transaction.run('ROLLBACK')
    throw error
  }
}

async function begin(connection: Connection, client: PostgresClient): Promise<string> {
  const results: unknown = await connection.query(client, { text: BEGIN, values: [] })
  // For a text of several statements pg answers a result for each.
  const last = (results as readonly { readonly rows: readonly { readonly xid: string }[] }[]).at(-1)
  return last?.rows[0]?.xid as string
}

/**
 * Tries again after a fault that may pass, a few times, waiting longer each time and never in step with others. What an
 * attempt throws decides: see {@link isRolledBack} and {@link isConnectionFault}.
 */
export async function patiently<Answer>(
  connection: Connection,
  attempt: (client: PostgresClient, isRepeat: boolean) => Promise<Answer>,
): Promise<Answer> {
  let isRepeat = false
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await connection.withClient((client) => attempt(client, isRepeat))
    } catch (thrown) {
      const commit = thrown instanceof LostReply ? thrown.commit : null
      if (commit !== null && (await isCommitted(connection, commit.xid, thrown))) return commit.done as Answer
      const error = thrown instanceof LostReply ? thrown.cause : thrown
      const isUnknown = thrown instanceof LostReply && commit === null
      if (attempts === MAX_ATTEMPTS || !(isConnectionFault(error) || isRolledBack(error))) {
        throw isUnknown || isRepeat ? outcomeUnknown(error) : toStoreError(error)
      }
      isRepeat ||= isUnknown
      await pause(attempts)
    }
  }
}

/** @throws StoreError `outcome_unknown` when the server does not say */
async function isCommitted(connection: Connection, xid: string, cause: unknown): Promise<boolean> {
  for (let attempts = 1; attempts <= MAX_ATTEMPTS; attempts += 1) {
    const fate = await connection.withClient((client) => fateOf(connection, client, xid)).catch(() => null)
    if (fate === 'committed' || fate === 'aborted') return fate === 'committed'
    await pause(attempts)
  }
  throw outcomeUnknown(cause)
}

async function fateOf(connection: Connection, client: PostgresClient, xid: string): Promise<string | null> {
  const [row] = await new Transaction(connection, client).rows<{ fate: string | null }>(FATE, { xid })
  return row?.fate ?? null
}

async function pause(attempts: number): Promise<void> {
  await delay(Math.min(20 * 4 ** (attempts - 1), MAX_WAIT_MS) * (0.5 + Math.random() / 2))
}
