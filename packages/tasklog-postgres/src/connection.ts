import { createHash } from 'node:crypto'
import { InvalidInputError, WaybillError } from '@waybill/core'
import pg from 'pg'
import { isConnectionFault } from './errors.ts'
import { Fronts } from './front.ts'
import type { PostgresTaskLogSource, ResolvedOptions } from './options.ts'
import { ROW_TYPES, type RowTypes } from './rows.ts'
import { nameTables } from './schema.ts'
import { Listeners } from './wake.ts'

/** A query as pg takes it; an application's own transaction gets `text` and `values` alone. */
export interface PostgresQuery {
  readonly text: string
  readonly values: unknown[]
  readonly name?: string
  readonly types?: RowTypes
  readonly query_timeout?: number
}

/** What is used of a connection: of a pg client, or of a wrapper around another library's transaction. */
export interface PostgresClient {
  /** Runs one statement; answers its rows, each an object by column name. */
  query(
    query: PostgresQuery,
  ): Promise<{ readonly rows: readonly unknown[]; readonly rowCount?: number | null }>
}

/** An SQL text whose `:names` have become `$1`, `$2` and so on. */
export interface Statement {
  readonly text: string
  /** The parameter names, in the order of their numbers. */
  readonly parameters: readonly string[]
  /** The name under which it is prepared: the same text has the same name in every process. */
  readonly name: string
}

/** Texts that are kept translated; searches make new ones, the rest are few. */
const MAX_STATEMENTS = 200

/** A pool with the log's tables behind it. */
export class Connection {
  readonly options: ResolvedOptions
  /** Who is to be told that tasks became ready. */
  readonly listeners: Listeners
  /** Where claims begin. */
  readonly fronts: Fronts = new Fronts()
  /** The schema was found to fit. */
  isFitting = false
  /** Statements outside a transaction run at another level than READ COMMITTED unless told. */
  isStricter = false
  readonly #pool: pg.Pool
  readonly #isOwn: boolean
  readonly #statements: Map<string, Statement> = new Map()
  readonly #underWay: Set<Promise<unknown>> = new Set()
  #closing: Promise<void> | null = null

  /** @param isOwn the pool was made by the log, so that it is the log's to end */
  constructor(pool: pg.Pool, options: ResolvedOptions, isOwn: boolean) {
    this.#pool = pool
    this.#isOwn = isOwn
    this.options = options
    guard(pool)
    this.listeners = new Listeners(this)
  }

  /** What a connection of the log's own outside the pool is opened with. */
  get config(): pg.ClientConfig {
    const { options } = this.#pool
    // pg hides the password from enumeration.
    return { ...options, password: options.password }
  }

  /** The statement for an SQL text with `{tasks}` and so on for the tables. */
  statement(sql: string): Statement {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = translate(nameTables(sql, this.options).trim())
      if (this.#statements.size === MAX_STATEMENTS) this.#statements.clear()
      this.#statements.set(sql, statement)
    }
    return statement
  }

  /** Runs a statement on a client of the pool. */
  async query(client: PostgresClient, query: PostgresQuery): ReturnType<PostgresClient['query']> {
    return client.query({ ...query, types: ROW_TYPES, query_timeout: this.options.statementTimeoutMs })
  }

  /** Lends a client of the pool; one whose connection is of no use any more leaves the pool afterwards. */
  async withClient<Answer>(use: (client: PostgresClient) => Promise<Answer>): Promise<Answer> {
    if (this.#pool.ending) throw new WaybillError('closed', 'The pool of this task log has been ended.')
    const client = await this.#pool.connect()
    // A connection may break between two statements. The next one says so; an event nobody hears ends the process.
    client.on('error', ignore)
    let isBroken = false
    try {
      return await use(client as PostgresClient)
    } catch (error) {
      isBroken = isConnectionFault(error)
      throw error
    } finally {
      client.off('error', ignore)
      client.release(isBroken)
    }
  }

  /** Does work that is carried out before the log closes. */
  async during<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    this.refuseClosed()
    const answer = work()
    this.#underWay.add(answer)
    try {
      return await answer
    } finally {
      this.#underWay.delete(answer)
    }
  }

  /** @throws WaybillError `closed` once the log is closed, or about to be */
  refuseClosed(): void {
    if (this.#closing !== null)
      throw new WaybillError('closed', 'This PostgreSQL task log is closed. Create a new one.')
  }

  /** Ends what listens, waits for what is under way, and ends the pool if it is ours. */
  async close(): Promise<void> {
    this.#closing ??= this.#end()
    await this.#closing
  }

  /**
   * A pool is ended when nobody has or awaits a connection: pg would never answer those
   * who wait for a connection.
   */
  async #end(): Promise<void> {
    await this.listeners.stop()
    await Promise.allSettled(this.#underWay)
    if (this.#isOwn && !this.#pool.ending) await this.#pool.end()
  }
}

/** Pools whose new connections have somebody who hears of their end. */
const guarded: WeakSet<pg.Pool> = new WeakSet()

/**
 * Between the moment in which a pool hands out a new connection and the one in which its taker has it, nobody listens to
 * it. A server that goes down just then may have said so already, in one breath with its welcome.
 */
function guard(pool: pg.Pool): void {
  if (guarded.has(pool)) return
  guarded.add(pool)
  pool.on('connect', (client) => client.on('error', ignore))
}

/** Makes a pool, or takes the one that was handed in. */
export function connect(source: PostgresTaskLogSource, options: ResolvedOptions): Connection {
  if ('pool' in source) return new Connection(source.pool, options, false)
  const config = 'config' in source ? source.config : { connectionString: source.connectionString }
  if (
    typeof config !== 'object' ||
    ('connectionString' in source && typeof source.connectionString !== 'string')
  ) {
    throw new InvalidInputError('source', 'expected a pool, a connectionString or a config')
  }
  const pool = new pg.Pool({ connectionTimeoutMillis: 10_000, keepAlive: true, ...config })
  // The pool drops an idle connection that breaks and makes a new one when it is needed.
  pool.on('error', ignore)
  return new Connection(pool, options, true)
}

/**
 * The connection of a caller's transaction.
 *
 * @throws InvalidInputError for anything else, such as a pool, or a client outside a transaction, where it is known
 */
export function clientOf(transaction: unknown): PostgresClient {
  const isClient =
    typeof transaction === 'object' &&
    transaction !== null &&
    'query' in transaction &&
    typeof transaction.query === 'function' &&
    !('totalCount' in transaction)
  if (!isClient) {
    throw new InvalidInputError(
      'transaction',
      'expected a pg client, or a wrapper with its query(); a pool is none',
    )
  }
  const client = transaction as PostgresClient & { getTransactionStatus?(): string | null }
  if (client.getTransactionStatus?.() === 'I') {
    throw new InvalidInputError(
      'transaction',
      'the client is in no transaction; BEGIN one, or leave the option out',
    )
  }
  return client
}

/** Numbers the parameters of a statement: `:name`, but not `::type`. */
function translate(sql: string): Statement {
  const parameters: string[] = []
  const text = sql.replace(/(?<!:):([a-z]\w*)/gi, (_, parameter: string) => {
    if (!parameters.includes(parameter)) parameters.push(parameter)
    return `$${parameters.indexOf(parameter) + 1}`
  })
  return { text, parameters, name: `waybill_${createHash('sha1').update(text).digest('hex').slice(0, 20)}` }
}

function ignore(): void {
  // Nothing to do: whoever uses the connection next is told by its statement.
}
