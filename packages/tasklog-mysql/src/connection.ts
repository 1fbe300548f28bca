import { InvalidInputError, StoreError, WaybillError } from '@waybill/core'
import mysql, { type ConnectionOptions, type Pool, type PoolConnection } from 'mysql2/promise'
import { isConnectionFault } from './errors.ts'
import { Fronts } from './front.ts'
import type { MysqlTaskLogSource, ResolvedOptions } from './options.ts'
import { castValue, type Field } from './rows.ts'
import { Wakes } from './wake.ts'

/** A query as mysql2 takes it. A wrapper around another library's transaction needs the `sql` alone. */
export interface MysqlQuery {
  /** The statement, its values in it. */
  readonly sql: string
  /** How each value is read. */
  readonly typeCast: (field: Field) => string | number | null
  /** Rows are objects. */
  readonly rowsAsArray: false
  /** Their members are values. */
  readonly nestTables: false
  /** A colon is a colon. */
  readonly namedPlaceholders: false
  /** How long it may take, in milliseconds. */
  readonly timeout?: number
}

/** What is used of a connection: of a mysql2 one, or of a wrapper around another library's transaction. */
export interface MysqlClient {
  /** Runs one statement; the first member of its answer are the rows, each an object by column name. */
  query(query: MysqlQuery): Promise<readonly [unknown, ...unknown[]]>
}

/** What has to be so for the statements to say the same everywhere. */
export const SESSION_FACTS = `
SELECT VERSION() AS version, @@autocommit AS autocommit, @@character_set_client AS charset`

interface SessionFacts {
  readonly version: string
  readonly autocommit: number
  readonly charset: string
}

/** SKIP LOCKED came with these to MariaDB, a collation that compares bytes to MySQL. */
const OLDEST = { mariadb: [10, 6, 0], mysql: [8, 0, 17] } as const

const BEGIN = 'START TRANSACTION'

/** Where a server is and how it lets somebody in. */
const CONFIG_KEYS = [
  'host',
  'port',
  'socketPath',
  'user',
  'password',
  'database',
  'ssl',
  'connectTimeout',
] as const satisfies readonly (keyof ConnectionOptions)[]

/** A pool with the log's tables behind it. */
export class Connection {
  readonly options: ResolvedOptions
  /** Tells who listens that tasks became ready. */
  readonly wakes: Wakes
  /** Where claims begin. */
  readonly fronts: Fronts = new Fronts()
  /** The schema was found to fit. */
  isFitting = false
  readonly #pool: Pool
  readonly #isOwn: boolean
  /** Connections of our own pool that were told their isolation level. */
  readonly #told: WeakSet<object> = new WeakSet()
  #isChecked = false
  readonly #underWay: Set<Promise<unknown>> = new Set()
  #closing: Promise<void> | null = null

  /** @param isOwn the pool was made by the log, so that it is the log's to end */
  constructor(pool: Pool, options: ResolvedOptions, isOwn: boolean) {
    this.#pool = pool
    this.#isOwn = isOwn
    this.options = options
    this.wakes = new Wakes(this)
  }

  /** What another thread opens a connection like these with; null where it holds what cannot be handed to a thread. */
  get config(): ConnectionOptions | null {
    const { pool } = this.#pool as unknown as { pool: { config: { connectionConfig: ConnectionOptions } } }
    const { connectionConfig } = pool.config
    const config = Object.fromEntries(CONFIG_KEYS.map((key) => [key, connectionConfig[key]]))
    try {
      return structuredClone(config)
    } catch {
      return null
    }
  }

  /**
   * What a transaction begins with. READ COMMITTED whatever the default: a statement has to see what others committed
   * while it waited for a lock. The sessions of a pool that was handed in are told for each transaction anew.
   */
  get begin(): readonly string[] {
    return this.#isOwn ? [BEGIN] : ['SET TRANSACTION ISOLATION LEVEL READ COMMITTED', BEGIN]
  }

  /** Runs a statement; answers its rows, or what an INSERT, UPDATE or DELETE did. */
  async query(client: MysqlClient, sql: string): Promise<unknown> {
    const { statementTimeoutMs } = this.options
    const [answer] = await client.query({
      sql,
      typeCast: castValue,
      rowsAsArray: false,
      nestTables: false,
      namedPlaceholders: false,
      ...(statementTimeoutMs > 0 ? { timeout: statementTimeoutMs } : {}),
    })
    return answer
  }

  /** Lends a connection of the pool; one that is of no use any more leaves the pool afterwards. */
  async withClient<Answer>(use: (client: MysqlClient) => Promise<Answer>): Promise<Answer> {
    const client = await this.#pool.getConnection()
    // A connection may break between two statements. The next one says so; an event nobody hears ends the process.
    client.on('error', ignore)
    let isBroken = false
    try {
      await this.#prepare(client)
      return await use(client as unknown as MysqlClient)
    } catch (error) {
      isBroken = isConnectionFault(error)
      throw error
    } finally {
      if (isBroken) client.destroy()
      else {
        client.off('error', ignore)
        client.release()
      }
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
      throw new WaybillError('closed', 'This MySQL task log is closed. Create a new one.')
  }

  /** Ends what listens, waits for what is under way, and ends the pool if it is ours. */
  async close(): Promise<void> {
    this.#closing ??= this.#end()
    await this.#closing
  }

  /**
   * A pool is ended when nobody has or awaits a connection: mysql2 would say goodbye
   * to the server between two statements of whoever has a connection.
   */
  async #end(): Promise<void> {
    this.wakes.close()
    await Promise.allSettled(this.#underWay)
    if (this.#isOwn) await this.#pool.end()
  }

  async #prepare(lent: PoolConnection): Promise<void> {
    const client = lent as unknown as MysqlClient
    if (this.#isOwn && !this.#told.has(lent.connection)) {
      await this.query(client, 'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED')
      this.#told.add(lent.connection)
    }
    if (this.#isChecked) return
    const [facts] = (await this.query(client, SESSION_FACTS)) as SessionFacts[]
    refuseSession(facts as SessionFacts)
    this.#isChecked = true
  }
}

/** Makes a pool, or takes the one that was handed in. */
export function connect(source: MysqlTaskLogSource, options: ResolvedOptions): Connection {
  if ('pool' in source) {
    const { pool } = source
    return new Connection('promise' in pool ? pool.promise() : pool, options, false)
  }
  const config = 'config' in source ? source.config : { uri: source.uri }
  if (typeof config !== 'object' || ('uri' in source && typeof source.uri !== 'string')) {
    throw new InvalidInputError('source', 'expected a pool, a uri or a config')
  }
  return new Connection(mysql.createPool({ connectTimeout: 10_000, trace: false, ...config }), options, true)
}

function refuseSession({ version, autocommit, charset }: SessionFacts): void {
  const isMariadb = version.includes('MariaDB')
  const oldest = OLDEST[isMariadb ? 'mariadb' : 'mysql']
  const parts = version.split('.').map((part) => Number.parseInt(part, 10))
  const difference = oldest.map((part, index) => (parts[index] ?? 0) - part).find((part) => part !== 0) ?? 0
  if (difference < 0) {
    throw refusal(
      `It is ${version}; MySQL ${OLDEST.mysql.join('.')} or MariaDB ${OLDEST.mariadb.join('.')} is needed.`,
    )
  }
  if (autocommit !== 1) throw refusal('Its sessions have autocommit off. Leave it on.')
  if (charset !== 'utf8mb4') {
    throw refusal(
      `The pool's character set is ${charset}, which has not every character. Set charset: 'utf8mb4'.`,
    )
  }
}

function refusal(message: string): StoreError {
  return new StoreError('store_refused', `This database cannot hold a task log. ${message}`)
}

function ignore(): void {
  // Nothing to do: whoever uses the connection next is told by its statement.
}
