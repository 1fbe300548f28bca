import { checkInteger, InvalidInputError, TASK_CATEGORIES, type TaskCategory } from '@waybill/core'
import type { HealthCheck } from '../health/health-check.ts'
import type { PositionStore } from '../positions/position-store.ts'
import { type ChunkLimits, type ChunkOptions, chunkLimits } from '../range/chunk-size.ts'
import type { UnitContext, UnitHandler } from '../range/run-chunk.ts'
import type { MigrationSource } from '../source/migration-source.ts'

/** What {@link defineMigration} takes. */
export interface MigrationOptions<Value, Transaction> {
  /** Names it for good: 1 to 64 letters, digits, `_` and `-`. */
  readonly name: string
  /** What it is for, for people. */
  readonly description?: string
  /** Which version of the code did it, for the evidence. */
  readonly version?: string
  /** Where the units come from. */
  readonly source: MigrationSource<Value, Transaction>
  /** Migrates one unit. Throws when that is not possible. Called again for a unit whose chunk was rolled back. */
  readonly process?: (value: Value, context: UnitContext<Transaction>) => unknown
  /** Migrates a whole chunk at once, instead of `process`. One that throws is split until the unit is found. */
  readonly processBatch?: (values: readonly Value[], context: UnitContext<Transaction>) => unknown
  /** Looks at one unit again once all are migrated: false, or an error, says that it is wrong. */
  readonly verify?: (value: Value, context: UnitContext<Transaction>) => unknown
  /** Looks at a whole chunk again, instead of `verify`; answers the values that are wrong. */
  readonly verifyBatch?: (values: readonly Value[], context: UnitContext<Transaction>) => unknown
  /** Looks at the whole when all else is done; throws, or answers false, when it is wrong. */
  readonly verifyAll?: () => unknown
  /** Where positions are kept. Default: next to the source's data, else in the task log. */
  readonly positions?: PositionStore<Transaction>
  /**
   * Chunk and position in one transaction. Default: where the positions are kept in a database. False: units are processed
   * outside of any, and after a crash the chunk that was open is done again.
   */
  readonly transactional?: boolean
  /** How many ranges are gone over at once, as far as workers have room. Default 1. */
  readonly ranges?: number
  /** How large chunks are. Default: as large as fits 200 ms. */
  readonly chunk?: ChunkOptions
  /** Asked before every chunk. */
  readonly health?: readonly HealthCheck[]
  /** How many units may fail, in all ranges together, before the migration stops. Default 0. */
  readonly errorBudget?: number
  /** How often the task of a range is tried, killed ones included. Default 100. */
  readonly attempts?: number
  /** Which queue its tasks go to. Default `migrations`. */
  readonly queue?: string
  /** What kind of work it is. Default `update`. */
  readonly category?: TaskCategory
}

/** A migration, checked and with defaults applied. */
export interface Migration<Value = unknown, Transaction = unknown> {
  readonly name: string
  readonly description: string | null
  readonly version: string | null
  readonly source: MigrationSource<Value, Transaction>
  readonly positions: PositionStore<Transaction> | null
  readonly transactional: boolean
  readonly process: UnitHandler<Value, Transaction>
  readonly verify: UnitHandler<Value, Transaction> | null
  readonly verifyAll: (() => unknown) | null
  readonly ranges: number
  readonly chunk: ChunkLimits
  readonly health: readonly HealthCheck[]
  readonly errorBudget: number
  readonly attempts: number
  readonly queue: string
  readonly category: TaskCategory
}

/** A migration of whatever values. */
// biome-ignore lint/suspicious/noExplicitAny: a migration is contravariant in its values, so only `any` admits all of them
export type AnyMigration = Migration<any, any>

/** The queue migrations go to, unless they say otherwise. */
export const MIGRATION_QUEUE = 'migrations'

/** No migration is cut into more. */
const MOST_RANGES = 256

/**
 * Defines a migration: where the units come from and what is done with each.
 *
 * @throws InvalidInputError naming the option that is wrong
 */
export function defineMigration<Value, Transaction>(
  options: MigrationOptions<Value, Transaction>,
): Migration<Value, Transaction> {
  const { name, source, verifyAll, health = [], category = 'update' } = options
  if (typeof name !== 'string' || !/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(name)) {
    throw new InvalidInputError(
      'name',
      'expected 1 to 64 letters, digits, _ and -, beginning with a letter or digit',
    )
  }
  const path = `migration ${name}`
  if (typeof source?.plan !== 'function' || typeof source.open !== 'function') {
    throw new InvalidInputError(
      `${path}.source`,
      'expected a source, for example postgresTable(pool, { table })',
    )
  }
  if (!TASK_CATEGORIES.includes(category)) {
    throw new InvalidInputError(`${path}.category`, `expected one of ${TASK_CATEGORIES.join(', ')}`)
  }
  const process = handler(options, 'process', 'processBatch', false, path)
  if (process === null) throw new InvalidInputError(path, 'expected process or processBatch')
  const positions = options.positions ?? source.positions
  const transactional = options.transactional ?? positions?.transactional ?? false
  if (transactional && positions?.transactional !== true) {
    throw new InvalidInputError(
      `${path}.transactional`,
      'expected positions in a database, for example postgresPositions(pool)',
    )
  }
  const verify = handler(options, 'verify', 'verifyBatch', true, path)
  if (transactional && positions?.synchronous === true) {
    for (const each of [process, verify]) if (each !== null) mustBeSynchronous(each, path)
  }
  return Object.freeze({
    name,
    description: options.description ?? null,
    version: options.version ?? null,
    source,
    positions,
    transactional,
    process,
    verify,
    verifyAll: verifyAll ?? null,
    ranges: checkInteger(options.ranges ?? 1, `${path}.ranges`, 1, MOST_RANGES),
    chunk: chunkLimits(options.chunk, `${path}.chunk`),
    health,
    errorBudget: checkInteger(options.errorBudget ?? 0, `${path}.errorBudget`, 0, Number.MAX_SAFE_INTEGER),
    attempts: checkInteger(options.attempts ?? 100, `${path}.attempts`, 1, 32_767),
    queue: options.queue ?? MIGRATION_QUEUE,
    category,
  })
}

function handler<Value, Transaction>(
  options: MigrationOptions<Value, Transaction>,
  unit: 'process' | 'verify',
  batch: 'processBatch' | 'verifyBatch',
  judges: boolean,
  path: string,
): UnitHandler<Value, Transaction> | null {
  const { [unit]: one, [batch]: all } = options
  if (one !== undefined && all !== undefined) {
    throw new InvalidInputError(path, `expected ${unit} or ${batch}, not both`)
  }
  for (const [name, run] of [
    [unit, one],
    [batch, all],
  ] as const) {
    if (run !== undefined && typeof run !== 'function')
      throw new InvalidInputError(`${path}.${name}`, 'expected a function')
  }
  if (one !== undefined) return { kind: 'unit', judges, run: one }
  return all === undefined ? null : { kind: 'batch', judges, run: all }
}

/** Said when it is defined, where that can be seen; else its first call says so. */
function mustBeSynchronous(handler: UnitHandler<never, never>, path: string): void {
  if (handler.run.constructor.name !== 'AsyncFunction') return
  throw new InvalidInputError(
    path,
    'a transaction of better-sqlite3 is synchronous, so what runs in it must not be async: make it synchronous, or set `transactional: false`',
  )
}
