import type {
  Claim,
  ClaimableTaskLogBroker,
  ClaimRequest,
  TaskLogRecord,
  WakeableTaskLog,
} from '@waybill/core'
import { createMemoryTaskLog, type MemoryTaskLog } from '@waybill/tasklog-memory'
import type { TaskLogInitializer } from '../../src/index.ts'

/** A task log with one thing wrong. */
export interface BrokenLog {
  /** What is wrong. */
  readonly name: string
  /** The rules it breaks, and no others: `claim-001 race-101..104`. */
  readonly breaks?: string
  /** Instead, for logs that are broken through and through: the only rules it keeps. */
  readonly keeps?: string
  /** The random sequences find it too. */
  readonly isFoundAtRandom?: boolean
  /** The methods that are wrong, made from a log that is right. */
  readonly tamper: (right: MemoryTaskLog, known: Known) => Partial<ClaimableTaskLogBroker & WakeableTaskLog>
}

/** What a broken log remembers to be wrong in the right place. */
export interface Known {
  /** The last claim of each entry, and who has it. */
  readonly claims: Map<string, Claim & { readonly worker: string }>
}

/** The initializer of a broken log. */
export function initializerOf({ name, tamper }: BrokenLog): TaskLogInitializer {
  return {
    name,
    async create() {
      let now = Date.now()
      const right = createMemoryTaskLog({
        clock: { now: () => now, monotonic: () => now, setTimer: () => () => undefined },
      })
      const known: Known = { claims: new Map() }
      const remembering = override(right, {
        claim: async (request: ClaimRequest) => {
          const claims = await right.claim(request)
          for (const claim of claims) known.claims.set(claim.id, { ...claim, worker: request.worker })
          return claims
        },
      })
      const log = override(remembering, tamper(remembering, known))
      return {
        log,
        open: async () => log,
        wakeWithinMs: 20,
        advanceTime: (ms) => {
          now += ms
        },
      }
    },
  }
}

/** An object that does as the given one, but for these methods. */
export function override<Right extends object>(right: Right, wrong: object): Right {
  return new Proxy(right, {
    has: (target, name) => Object.hasOwn(wrong, name) || name in target,
    get: (target, name) => {
      if (Object.hasOwn(wrong, name)) return Reflect.get(wrong, name)
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** Methods that show entries as they are not. */
export function showing(
  right: MemoryTaskLog,
  show: (record: TaskLogRecord) => Partial<TaskLogRecord>,
): Pick<ClaimableTaskLogBroker, 'find' | 'search'> {
  return {
    find: async (ids) => (await right.find(ids)).map((record) => ({ ...record, ...show(record) })),
    search: async (search) => {
      const found = await right.search({ ...search, omit: [] })
      const omitted = Object.fromEntries(search.omit.map((column) => [column, undefined]))
      return found.map((record) => ({ ...record, ...show(record as TaskLogRecord), ...omitted }))
    },
  }
}

/** A pause in which everybody else gets on: what an await on a database is. */
export async function pause(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}
