import type { ResultUnit } from '@waybill/core'
import type { UnitReader } from '../source/migration-source.ts'
import { crc32 } from './checksum.ts'
import { isThenable } from './maybe-async.ts'
import type { UnitFailure } from './pass-state.ts'

/** What the functions of a migration are told beside the unit. */
export interface UnitContext<Transaction = unknown> {
  /** The chunk's transaction, what the driver calls a connection in one; null where there is none. */
  readonly transaction: Transaction
  /** The migration's name. */
  readonly migration: string
  /** Which range the unit is in. */
  readonly range: number
  /** Nothing of this will be kept. */
  readonly dryRun: boolean
  /** Aborted when the task should stop. */
  readonly signal: AbortSignal
}

/** What is done with units: one at a time or a whole chunk. */
export type UnitHandler<Value, Transaction> =
  | {
      readonly kind: 'unit'
      /** The answer `false` says that the unit is wrong. */
      readonly judges: boolean
      readonly run: (value: Value, context: UnitContext<Transaction>) => unknown
    }
  | {
      readonly kind: 'batch'
      /** The answer is a list of the values that are wrong. */
      readonly judges: boolean
      readonly run: (values: readonly Value[], context: UnitContext<Transaction>) => unknown
    }

/** A chunk to be gone through. */
export interface ChunkRequest<Value, Transaction> {
  readonly reader: UnitReader<Value, Transaction>
  readonly after: string | null
  readonly limit: number
  readonly transaction: Transaction | null
  /** The chunk's units, where they were read before; null: they are read in the transaction. */
  readonly units: readonly ResultUnit<Value>[] | null
  readonly handler: UnitHandler<Value, Transaction>
  readonly context: UnitContext<Transaction>
  /** Whether to stop after the unit at hand. */
  readonly isStopped: () => boolean
}

/** What became of a chunk. */
export interface ChunkResult {
  /** How many units were read, and how many gone through. */
  readonly read: number
  readonly done: number
  /** The last unit gone through; null when there was none. */
  readonly last: string | null
  /** The units that were found wrong. */
  readonly failures: readonly UnitFailure[]
  /** Sum of the CRC-32 of the ids gone through. */
  readonly checksum: number
}

/** A unit, or a batch, threw. */
export class UnitError extends Error {
  /** The unit's id; null when a batch of several threw. */
  readonly unitId: string | null
  /** How many units the chunk had. */
  readonly units: number
  /** How many units before it went well; null when that is not known. */
  readonly at: number | null

  constructor(cause: unknown, units: readonly ResultUnit[], at: number | null) {
    super('a unit failed', { cause })
    this.units = units.length
    this.at = at
    this.unitId = units[units.length === 1 ? 0 : (at ?? -1)]?.id ?? null
  }
}

/** Reads a chunk and goes through it. Yields what it has to wait for: see `drive`. */
export function* runChunk<Value, Transaction>(
  request: ChunkRequest<Value, Transaction>,
): Generator<unknown, ChunkResult, unknown> {
  const { reader, after, limit, transaction, handler, context, isStopped } = request
  const units =
    request.units ?? ((yield reader.read(after, limit, transaction)) as readonly ResultUnit<Value>[])
  const failures: UnitFailure[] = []
  let done = 0
  if (handler.kind === 'batch') {
    if (units.length > 0) failures.push(...((yield* runBatch(units, handler, context)) as UnitFailure[]))
    done = units.length
  } else {
    for (const unit of units) {
      if (done > 0 && isStopped()) break
      let verdict: unknown
      try {
        verdict = handler.run(unit.value, context)
        if (isThenable(verdict)) verdict = yield verdict
      } catch (cause) {
        throw new UnitError(cause, units, done)
      }
      if (handler.judges && verdict === false) failures.push(wrong(unit.id))
      done += 1
    }
  }
  let checksum = 0
  for (let index = 0; index < done; index += 1) checksum += crc32((units[index] as ResultUnit).id)
  return { read: units.length, done, last: units[done - 1]?.id ?? null, failures, checksum }
}

function* runBatch<Value, Transaction>(
  units: readonly ResultUnit<Value>[],
  handler: Extract<UnitHandler<Value, Transaction>, { kind: 'batch' }>,
  context: UnitContext<Transaction>,
): Generator<unknown, UnitFailure[], unknown> {
  let answer: unknown
  try {
    answer = yield handler.run(
      units.map(({ value }) => value),
      context,
    )
  } catch (cause) {
    throw new UnitError(cause, units, null)
  }
  if (!handler.judges || !Array.isArray(answer)) return []
  const wrongValues = new Set<unknown>(answer)
  return units.filter(({ value }) => wrongValues.has(value)).map(({ id }) => wrong(id))
}

function wrong(id: string): UnitFailure {
  return { id, message: 'found wrong' }
}
