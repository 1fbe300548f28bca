import type { UnitId, UnitReader, Units } from '../source/migration-source.ts'
import { IdChecksum } from './checksum.ts'
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

type UnitHandlerOf<Kind, Value, Transaction> = Extract<
  UnitHandler<Value, Transaction>,
  { readonly kind: Kind }
>

/** A chunk to be gone through. */
export interface ChunkRequest<Value, Transaction> {
  readonly reader: UnitReader<Value, Transaction>
  readonly after: string | null
  readonly limit: number
  readonly transaction: Transaction | null
  /** The chunk's units, where they were read before; null: they are read in the transaction. */
  readonly units: Units<Value> | null
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

  constructor(cause: unknown, unitId: UnitId | null, units: number, at: number | null) {
    super('a unit failed', { cause })
    this.unitId = unitId === null ? null : String(unitId)
    this.units = units
    this.at = at
  }
}

/** Reads a chunk and goes through it. Yields what it has to wait for: see `drive`. */
export function* runChunk<Value, Transaction>(
  request: ChunkRequest<Value, Transaction>,
): Generator<unknown, ChunkResult, unknown> {
  const { reader, after, limit, transaction, handler, context, isStopped } = request
  const units = request.units ?? ((yield reader.read(after, limit, transaction)) as Units<Value>)
  if (handler.kind === 'batch') return yield* runBatch(units, handler, context)
  const walk = new Walk(units, handler, context)
  for (;;) {
    const waitsFor = walk.goOn()
    if (waitsFor === null) break
    try {
      walk.answered(yield waitsFor)
    } catch (cause) {
      throw walk.failed(cause)
    }
    // Nobody can ask to stop while units are synchronous: nothing else has its turn then.
    if (isStopped()) break
  }
  return walk.result
}

/** Goes through units one by one. Ids are asked for on the way: many rows are gone over faster once than twice. */
class Walk<Value, Transaction> {
  readonly #units: Units<Value>
  readonly #handler: UnitHandlerOf<'unit', Value, Transaction>
  readonly #context: UnitContext<Transaction>
  readonly #failures: UnitFailure[] = []
  readonly #checksum: IdChecksum = new IdChecksum()
  #done = 0
  /** Of the unit at hand, else of the last one that is done. */
  #id: UnitId | null = null

  constructor(
    units: Units<Value>,
    handler: UnitHandlerOf<'unit', Value, Transaction>,
    context: UnitContext<Transaction>,
  ) {
    this.#units = units
    this.#handler = handler
    this.#context = context
  }

  /** Up to a unit that has to be waited for: answers its promise. Null at the end. */
  goOn(): PromiseLike<unknown> | null {
    const { values, idAt } = this.#units
    const { run } = this.#handler
    try {
      while (this.#done < values.length) {
        // Before it is handed out: what is done with a unit may change its key.
        this.#id = idAt(this.#done)
        this.#checksum.add(this.#id)
        const verdict = run(values[this.#done] as Value, this.#context)
        if (isThenable(verdict)) return verdict
        this.answered(verdict)
      }
    } catch (cause) {
      throw this.failed(cause)
    }
    return null
  }

  /** The unit at hand is done. */
  answered(verdict: unknown): void {
    if (verdict === false && this.#handler.judges) this.#failures.push(foundWrong(this.#id))
    this.#done += 1
  }

  /** The unit at hand threw. */
  failed(cause: unknown): UnitError {
    return new UnitError(cause, this.#id, this.#units.values.length, this.#done)
  }

  get result(): ChunkResult {
    return {
      read: this.#units.values.length,
      done: this.#done,
      last: this.#id === null ? null : String(this.#id),
      failures: this.#failures,
      checksum: this.#checksum.sum,
    }
  }
}

function* runBatch<Value, Transaction>(
  { values, idAt }: Units<Value>,
  handler: UnitHandlerOf<'batch', Value, Transaction>,
  context: UnitContext<Transaction>,
): Generator<unknown, ChunkResult, unknown> {
  const ids = values.map((_, index) => idAt(index))
  const read = ids.length
  let answer: unknown = []
  try {
    // A copy: what is done with the list there must not move values away from their ids.
    if (read > 0) answer = yield handler.run(values.slice(), context)
  } catch (cause) {
    throw new UnitError(cause, read === 1 ? (ids[0] as UnitId) : null, read, null)
  }
  const wrong = new Set<unknown>(handler.judges && Array.isArray(answer) ? answer : [])
  const failures = values.flatMap((value, index) => (wrong.has(value) ? [foundWrong(ids[index])] : []))
  const checksum = new IdChecksum()
  for (const id of ids) checksum.add(id)
  const last = read === 0 ? null : String(ids[read - 1])
  return { read, done: read, last, failures, checksum: checksum.sum }
}

function foundWrong(id: UnitId | null | undefined): UnitFailure {
  return { id: String(id), message: 'found wrong' }
}
