import pg, { type PoolClient, type PoolConfig, type QueryConfig } from 'pg'

/**
 * What happens to a statement: `deadlock`: the server rolls back the transaction; `timeout`: the server gives up waiting
 * for a lock, and the transaction is of no use any more; `full`: the server has no room left; `before` and `after`: the
 * connection breaks before or after the server does it.
 */
export type StatementFault = 'deadlock' | 'timeout' | 'full' | 'before' | 'after'

/** A real pool whose statements can be made to fail, by number or by text. */
export interface FaultyPool {
  readonly pool: pg.Pool
  /** Statements seen since the last {@link fail}. */
  readonly seen: readonly string[]
  /** Faults that struck since the last {@link fail}. */
  readonly struck: number
  /** Fails the statements for which the function answers a fault, from now on. */
  fail(fault: (sql: string, index: number) => StatementFault | null): void
  end(): Promise<void>
}

/** Makes a pool whose statements fail when they are told to. */
export function faultyPool(config: PoolConfig): FaultyPool {
  const pool = new pg.Pool(config)
  pool.on('error', () => undefined)
  let fault: (sql: string, index: number) => StatementFault | null = () => null
  let seen: string[] = []
  let struck = 0

  const guard = (client: PoolClient): PoolClient =>
    new Proxy(client, {
      get(target, property) {
        const value: unknown = Reflect.get(target, property)
        if (property !== 'query') return typeof value === 'function' ? value.bind(target) : value
        return async (query: QueryConfig) => {
          const kind = fault(query.text, seen.push(query.text) - 1)
          if (kind === null) return target.query(query)
          struck += 1
          if (kind === 'after') await target.query(query)
          // A statement that the server refuses leaves its transaction aborted.
          if (kind === 'deadlock') await target.query("DO $$BEGIN RAISE SQLSTATE '40P01'; END$$")
          if (kind === 'timeout') await target.query("DO $$BEGIN RAISE SQLSTATE '55P03'; END$$")
          if (kind === 'full') await target.query("DO $$BEGIN RAISE SQLSTATE '53100'; END$$")
          target.connection.stream.destroy()
          throw new Error('injected: the connection broke')
        }
      },
    })

  return {
    pool: new Proxy(pool, {
      get(target, property) {
        if (property === 'connect') return async () => guard(await target.connect())
        const value: unknown = Reflect.get(target, property)
        return typeof value === 'function' ? value.bind(target) : value
      },
    }),
    get seen() {
      return seen
    },
    get struck() {
      return struck
    },
    fail(next) {
      fault = next
      seen = []
      struck = 0
    },
    end: () => pool.end(),
  }
}
