import { setTimeout as delay } from 'node:timers/promises'
import pg, { type PoolClient, type QueryConfig } from 'pg'

/** A statement that takes longer waits for a lock. */
const BLOCKED_AFTER_MS = 20

/** A pool whose statements wait until each is let through. */
export interface GatedPool {
  readonly pool: pg.Pool
  /** The statements that were sent. */
  readonly done: readonly string[]
  /** Lets statements through, up to and including the next that contains the text, or until one waits for a lock. */
  advance(text: string): Promise<void>
  /** Lets everything through from now on. */
  open(): void
  end(): Promise<void>
}

interface Waiting {
  readonly sql: string
  /** Lets it through; resolves when it is done. */
  readonly pass: () => Promise<void>
}

/** Makes a pool whose statements wait at a gate; its sessions begin with the given settings. */
export function gatedPool(connectionString: string, options: string): GatedPool {
  const pool = new pg.Pool({ connectionString, options, max: 1 })
  const done: string[] = []
  const arrivals: Waiting[] = []
  let isOpen = false
  let announce: () => void = () => undefined

  const query = (client: PoolClient, config: QueryConfig): Promise<unknown> => {
    if (isOpen) {
      done.push(config.text)
      return client.query(config)
    }
    return new Promise((resolve, reject) => {
      const pass = (): Promise<void> => {
        done.push(config.text)
        const answer = client.query(config)
        answer.then(resolve, reject)
        return answer.then(
          () => undefined,
          () => undefined,
        )
      }
      arrivals.push({ sql: config.text, pass })
      announce()
    })
  }

  const next = async (): Promise<Waiting | undefined> => {
    if (arrivals.length === 0) {
      const arrival = new Promise<void>((resolve) => {
        announce = resolve
      })
      await Promise.race([arrival, delay(BLOCKED_AFTER_MS)])
    }
    return arrivals.shift()
  }

  return {
    done,
    pool: new Proxy(pool, {
      get(target, property) {
        if (property === 'connect') {
          return async () => {
            const client = await target.connect()
            return new Proxy(client, {
              get(inner, name) {
                if (name === 'query') return (config: QueryConfig) => query(inner, config)
                const value: unknown = Reflect.get(inner, name)
                return typeof value === 'function' ? value.bind(inner) : value
              },
            })
          }
        }
        const value: unknown = Reflect.get(target, property)
        return typeof value === 'function' ? value.bind(target) : value
      },
    }),
    async advance(text) {
      for (let waiting = await next(); waiting !== undefined; waiting = await next()) {
        await Promise.race([waiting.pass(), delay(BLOCKED_AFTER_MS)])
        if (waiting.sql.includes(text)) return
      }
    },
    open() {
      isOpen = true
      for (const { pass } of arrivals.splice(0)) void pass()
    },
    end: () => pool.end(),
  }
}
