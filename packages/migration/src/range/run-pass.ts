import { backoffMs, type Clock, type TaskContext } from '@waybill/core'
import { type HeldPass, RangeLostError } from '../positions/position-store.ts'
import type { UnitReader } from '../source/migration-source.ts'
import { Bisection } from './bisection.ts'
import { addToChecksum, crc32 } from './checksum.ts'
import { type ChunkLimits, ChunkSize } from './chunk-size.ts'
import { type Control, wait } from './control.ts'
import { drive, isThenable, type MaybePromise } from './maybe-async.ts'
import { type PassState, type UnitFailure, withFailures } from './pass-state.ts'
import { type ChunkResult, runChunk, type UnitContext, UnitError, type UnitHandler } from './run-chunk.ts'

/** Everything one pass over one range needs. */
export interface PassOptions<Value, Transaction> {
  readonly reader: UnitReader<Value, Transaction>
  /** The reader can read in the chunk's transaction: it is one of the source's own database. */
  readonly readsInside: boolean
  readonly handler: UnitHandler<Value, Transaction>
  /** Takes the range, again after a fault whose outcome is not known. */
  readonly take: () => Promise<HeldPass<Transaction>>
  readonly unitContext: Omit<UnitContext<Transaction>, 'transaction'>
  readonly context: TaskContext
  readonly clock: Clock
  readonly control: Control
  readonly chunk: ChunkLimits
  /** How many more units may fail; asked when one has. */
  readonly budgetLeft: () => Promise<number>
  /** Whether the same call may succeed later. */
  readonly isTransient: (error: unknown) => boolean
  /** Told after every chunk. */
  readonly onChunk: (state: PassState) => void
}

/** How a pass stopped. */
export interface PassOutcome {
  readonly state: PassState
  /** The unit for which the error budget had no room: it and what is after it is not done. Null when the end was reached. */
  readonly refused: UnitFailure | null
}

const TRIES = 5
const RETRY = { baseMs: 100, maxMs: 5_000, factor: 2, jitter: 0.5 }
/** How fast the rate forgets. */
const FADING = 0.95

/**
 * Goes over a range, chunk by chunk, from where it stands.
 * @throws the signal's reason when the task should stop; RangeLostError; what the store throws again and again
 */
export async function runPass<Value, Transaction>(
  options: PassOptions<Value, Transaction>,
): Promise<PassOutcome> {
  return await new Pass(options, await options.take()).run()
}

class Pass<Value, Transaction> {
  readonly #options: PassOptions<Value, Transaction>
  readonly #size: ChunkSize
  readonly #bisection: Bisection = new Bisection()
  #held: HeldPass<Transaction>
  /** What a chunk takes after its time was written down: its commit. Counted with the next one. */
  #uncountedMs = 0
  #waitedMs = 0
  /** When the chunk before ended, by the monotonic clock; null when something was waited for since. */
  #lastEnd: number | null = null
  /** The chunk before, its commit included, and what lay between it and the one before it. */
  #lap = { units: 0, ms: 0 }
  #faults = 0

  constructor(options: PassOptions<Value, Transaction>, held: HeldPass<Transaction>) {
    this.#options = options
    this.#held = held
    this.#size = new ChunkSize(options.chunk, held.state.chunkSize)
  }

  async run(): Promise<PassOutcome> {
    const { control, context } = this.#options
    if (this.#deaths > 0) {
      const refused = await this.#suspectLethal(this.#deaths)
      if (refused !== null) return { state: this.#held.state, refused }
    }
    this.#lastEnd = this.#options.clock.monotonic()
    while (!this.#held.state.ended) {
      const { waited, unhealthyMs } = await control.ready()
      this.#waitedMs += unhealthyMs
      if (waited) this.#lastEnd = null
      try {
        await this.#chunk()
        this.#faults = 0
      } catch (error) {
        if (context.signal.aborted) throw context.signal.reason
        const refused = await this.#recover(error)
        if (refused !== null) return { state: this.#held.state, refused }
      }
    }
    return { state: this.#held.state, refused: null }
  }

  async #chunk(): Promise<void> {
    const { reader, readsInside, handler, unitContext, clock, control, onChunk } = this.#options
    const { state } = this.#held
    const limit = this.#bisection.limit ?? this.#size.value
    const began = clock.monotonic()
    const units = readsInside ? null : await reader.read(state.position, limit, null)
    let result: ChunkResult | null = null
    await this.#held.commit((transaction) => {
      const chunk = drive(
        runChunk({
          reader,
          units,
          handler,
          transaction,
          after: state.position,
          limit,
          context: { ...unitContext, transaction: transaction as Transaction },
          isStopped: () => control.isStopped,
        }),
      )
      return then(chunk, (done) => {
        result = done
        return this.#next(state, done, limit, began)
      })
    })
    const { done } = result as unknown as ChunkResult
    const ended = clock.monotonic()
    const tookMs = ended - began
    this.#lap = { units: done, ms: ended - (this.#lastEnd ?? began) }
    this.#lastEnd = ended
    this.#waitedMs = 0
    this.#uncountedMs = tookMs - (this.#held.state.activeMs - state.activeMs - this.#uncountedMs)
    if (this.#bisection.limit === null && done === limit) this.#size.measured(done, tookMs)
    this.#bisection.succeeded(done)
    onChunk(this.#held.state)
  }

  #next(
    state: PassState,
    { read, done, last, failures, checksum }: ChunkResult,
    limit: number,
    began: number,
  ): PassState {
    const { units, ms } = state.recent
    const tookMs = this.#options.clock.monotonic() - began + this.#uncountedMs
    return {
      position: last ?? state.position,
      done: state.done + done,
      failed: state.failed + failures.length,
      failures: withFailures(state.failures, failures),
      checksum: addToChecksum(state.checksum, checksum),
      ended: read < limit && done === read,
      chunks: state.chunks + 1,
      chunkSize: this.#size.value,
      activeMs: state.activeMs + tookMs,
      waitedMs: state.waitedMs + this.#waitedMs,
      recent: { units: FADING * units + this.#lap.units, ms: FADING * ms + this.#lap.ms },
      attempt: this.#options.context.attempt,
    }
  }

  /** Goes on after a fault where that is possible; answers the failure the budget has no room for. */
  async #recover(error: unknown): Promise<UnitFailure | null> {
    const { isTransient, context, clock, take } = this.#options
    if (error instanceof RangeLostError) throw error
    if (isTransient(error instanceof UnitError ? error.cause : error)) {
      this.#faults += 1
      if (this.#faults >= TRIES) throw error instanceof UnitError ? error.cause : error
      await wait(clock, backoffMs(this.#faults, RETRY, Math.random()), context.signal)
      context.signal.throwIfAborted()
      // Whether the chunk was committed before the connection was lost, only the store knows.
      this.#held = await take()
      return null
    }
    if (!(error instanceof UnitError)) throw error
    if (error.units > 1) {
      this.#bisection.failed(error.units, error.at)
      return null
    }
    return await this.#skip({ id: error.unitId ?? '', message: messageOf(error.cause) })
  }

  /** Leaves out a unit that fails by itself; answers it when the error budget has no room for it. */
  async #skip(failure: UnitFailure): Promise<UnitFailure | null> {
    if ((await this.#options.budgetLeft()) < 1) return failure
    const { state } = this.#held
    await this.#held.commit(() => ({
      ...state,
      position: failure.id,
      checksum: addToChecksum(state.checksum, crc32(failure.id)),
      done: state.done + 1,
      failed: state.failed + 1,
      failures: withFailures(state.failures, [failure]),
      attempt: this.#options.context.attempt,
    }))
    this.#bisection.clear()
    return null
  }

  /** How many attempts in a row ended without committing anything here. */
  get #deaths(): number {
    return Math.max(0, this.#options.context.attempt - this.#held.state.attempt - 1)
  }

  /**
   * A unit that kills its process leaves no error behind, only attempts that came to nothing: each halves the chunk, and
   * when even one unit at a time did not survive twice, that unit is left out.
   */
  async #suspectLethal(deaths: number): Promise<UnitFailure | null> {
    const { reader } = this.#options
    const size = this.#size.value
    const halvings = Math.ceil(Math.log2(size))
    if (deaths > halvings + 1) {
      const { values, idAt } = await reader.read(this.#held.state.position, 1, null)
      if (values.length === 0) return null
      return await this.#skip({ id: String(idAt(0)), message: 'ended its process each time' })
    }
    this.#bisection.failed(Math.max(1, Math.floor(size / 2 ** (deaths - 1))), null)
    return null
  }
}

function then<Value, Result>(
  value: MaybePromise<Value>,
  next: (value: Value) => Result,
): MaybePromise<Result> {
  return isThenable(value) ? (value as PromiseLike<Value>).then(next) : next(value as Value)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
