import { setTimeout as delay } from 'node:timers/promises'
import type { TaskHold } from '@waybill/core'
import type { Connection, MysqlClient } from './connection.ts'
import { requireSchema } from './container.ts'
import { isConnectionFault, isRolledBack, outcomeUnknown, toStoreError } from './errors.ts'
import { bind, type Value } from './literals.ts'
import { nameTables } from './schema.ts'

/** The parameters of a statement, by name. */
export type Parameters = Readonly<Record<string, Value>>

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
  /** An attempt before this one may have been committed. */
  readonly isRepeat: boolean
  readonly #client: MysqlClient

  constructor(connection: Connection, client: MysqlClient, isRepeat = false) {
    this.connection = connection
    this.isRepeat = isRepeat
    this.#client = client
  }

  /** The rows a statement answers. */
  async rows<Row>(sql: string, parameters: Parameters = {}): Promise<Row[]> {
    return (await this.#query(bind(nameTables(sql, this.connection.options.prefix), parameters))) as Row[]
  }

  /**
   * Runs a statement; answers how many rows it changed. Whether that counts those that were set to what they were is up
   * to the connection's FOUND_ROWS flag.
   */
  async run(sql: string, parameters: Parameters = {}): Promise<number> {
    const answer = await this.#query(bind(nameTables(sql, this.connection.options.prefix), parameters))
    return (answer as { readonly affectedRows: number }).affectedRows
  }

  /** Runs a statement that has no parameters, and colons of its own. */
  async execute(sql: string): Promise<unknown> {
    return this.#query(nameTables(sql, this.connection.options.prefix))
  }

  /** Notes the queues of those tasks that can be claimed. */
  queued(tasks: readonly Queued[]): void {
    for (const { queue, hold } of tasks) if (hold === null) this.readyQueues.add(queue)
  }

  async #query(sql: string): Promise<unknown> {
    return this.connection.query(this.#client, sql)
  }
}

/** What is done in a transaction. */
export type Work<Answer> = (transaction: Transaction) => Promise<Answer>

const MAX_ATTEMPTS = 6
const MAX_WAIT_MS = 1_000

/** The connection broke while it committed. */
class LostCommit extends Error {
  constructor(cause: unknown) {
    super('lost commit', { cause })
  }
}

/**
 * Does work in a transaction of its own and answers what it answers, after the commit. The whole of it is repeated after
 * a deadlock, a lock wait timeout or a lost connection. After a commit whose reply was lost nobody can be asked what
 * became of it: the work is done again, and told so, or else fails with `outcome_unknown` when it cannot be.
 */
export async function write<Answer>(
  connection: Connection,
  work: Work<Answer>,
  { isRepeatable = true }: { readonly isRepeatable?: boolean } = {},
): Promise<Answer> {
  return announced(connection, isRepeatable, async (client, isRepeat) => {
    await requireSchema(connection, client)
    const transaction = new Transaction(connection, client, isRepeat)
    return { transaction, answer: await committed(connection, client, () => work(transaction)) }
  })
}

/**
 * Does work that is one writing statement, which needs no START TRANSACTION and no COMMIT. It may be repeated after its
 * reply was lost, and is then told so.
 */
export async function writeOnce<Answer>(connection: Connection, work: Work<Answer>): Promise<Answer> {
  return announced(connection, true, async (client, isRepeat) => {
    await requireSchema(connection, client)
    const transaction = new Transaction(connection, client, isRepeat)
    try {
      return { transaction, answer: await work(transaction) }
    } catch (error) {
      throw isConnectionFault(error) ? new LostCommit(error) : error
    }
  })
}

/** Reads. Each statement sees one state of the database. */
export async function read<Answer>(connection: Connection, work: Work<Answer>): Promise<Answer> {
  return patiently(connection, async (client) => {
    await requireSchema(connection, client)
    return work(new Transaction(connection, client))
  })
}

/** Does work inside the caller's transaction, which the caller commits. Polling finds what it added. */
export async function within<Answer>(
  connection: Connection,
  client: MysqlClient,
  work: Work<Answer>,
): Promise<Answer> {
  try {
    await requireSchema(connection, client)
    return await work(new Transaction(connection, client))
  } catch (error) {
    throw toStoreError(error)
  }
}

interface Done<Answer> {
  readonly answer: Answer
  readonly transaction: Transaction
}

async function announced<Answer>(
  connection: Connection,
  isRepeatable: boolean,
  attempt: (client: MysqlClient, isRepeat: boolean) => Promise<Done<Answer>>,
): Promise<Answer> {
  const { answer, transaction } = await patiently(connection, attempt, isRepeatable)
  connection.wakes.ready(transaction.readyQueues)
  return answer
}

async function committed<Answer>(
  connection: Connection,
  client: MysqlClient,
  work: () => Promise<Answer>,
): Promise<Answer> {
  for (const statement of connection.begin) await connection.query(client, statement)
  let isCommitting = false
  try {
    const answer = await work()
    isCommitting = true
    await connection.query(client, 'COMMIT')
    return answer
  } catch (error) {
    if (isConnectionFault(error)) throw isCommitting ? new LostCommit(error) : error
    // A lock wait timeout has undone its statement only; what came before it would be committed with the next.
    // https://dev.mysql.com/doc/refman/8.0/en/innodb-error-handling.html
    await connection.query(client, 'ROLLBACK')
    throw error
  }
}

/**
 * Tries again after a fault that may pass, a few times, waiting longer each time and never in step with others. What an
 * attempt throws decides: see {@link isRolledBack} and {@link isConnectionFault}.
 */
export async function patiently<Answer>(
  connection: Connection,
  attempt: (client: MysqlClient, isRepeat: boolean) => Promise<Answer>,
  isRepeatable = true,
): Promise<Answer> {
  let isRepeat = false
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await connection.withClient((client) => attempt(client, isRepeat))
    } catch (thrown) {
      const isUnknown = thrown instanceof LostCommit
      const error = isUnknown ? thrown.cause : thrown
      if (isUnknown && !isRepeatable) throw outcomeUnknown(error)
      const isLost = isConnectionFault(error)
      if (attempts === MAX_ATTEMPTS || !(isLost || isRolledBack(error))) {
        throw isUnknown || isRepeat ? outcomeUnknown(error) : toStoreError(error)
      }
      isRepeat ||= isUnknown
      await delay(Math.min(20 * 4 ** (attempts - 1), MAX_WAIT_MS) * (0.5 + Math.random() / 2))
    }
  }
}
