import mysql, { type Pool, type PoolConnection, type PoolOptions } from 'mysql2/promise'

/**
 * What happens to a statement: `refused` and `timeout`: the server does not do it, and for a deadlock has rolled the
 * transaction back; `before` and `after`: the connection breaks before or after the server does it.
 */
export type StatementFault = 'deadlock' | 'timeout' | 'before' | 'after'

/** A real pool whose statements can be made to fail, by number or by text. */
export interface FaultyPool {
  readonly pool: Pool
  /** Statements seen since the last {@link fail}. */
  readonly seen: readonly string[]
  /** Faults that struck since the last {@link fail}. */
  readonly struck: number
  /** Fails the statements for which the function answers a fault, from now on. */
  fail(fault: (sql: string, index: number) => StatementFault | null): void
  end(): Promise<void>
}

/** Makes a pool whose statements fail when they are told to. */
export function faultyPool(options: PoolOptions): FaultyPool {
  const pool = mysql.createPool(options)
  let fault: (sql: string, index: number) => StatementFault | null = () => null
  let seen: string[] = []
  let struck = 0

  const guard = (connection: PoolConnection): PoolConnection =>
    new Proxy(connection, {
      get(target, property) {
        const value: unknown = Reflect.get(target, property)
        if (property !== 'query') return typeof value === 'function' ? value.bind(target) : value
        return async (query: { sql: string }) => {
          const kind = fault(query.sql, seen.push(query.sql) - 1)
          if (kind === null) return target.query(query)
          struck += 1
          if (kind === 'deadlock') await target.query('ROLLBACK')
          if (kind === 'after') await target.query(query)
          if (kind === 'deadlock' || kind === 'timeout') throw serverError(kind)
          target.destroy()
          throw Object.assign(new Error('injected'), { code: 'PROTOCOL_CONNECTION_LOST', fatal: true })
        }
      },
    })

  return {
    pool: new Proxy(pool, {
      get(target, property) {
        if (property === 'getConnection') return async () => guard(await target.getConnection())
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

function serverError(kind: 'deadlock' | 'timeout'): Error {
  return kind === 'deadlock'
    ? Object.assign(new Error('injected'), { errno: 1213, code: 'ER_LOCK_DEADLOCK', sqlState: '40001' })
    : Object.assign(new Error('injected'), { errno: 1205, code: 'ER_LOCK_WAIT_TIMEOUT', sqlState: 'HY000' })
}
