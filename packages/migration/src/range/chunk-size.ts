import { checkInteger, type Duration, durationMs, InvalidInputError } from '@waybill/core'

/** How large chunks are: always the same, or as large as fits a time. */
export type ChunkOptions = number | AdaptiveChunkOptions

/** A chunk's size follows how long chunks take. */
export interface AdaptiveChunkOptions {
  /** How long a chunk should take. Default 200 ms: short enough that nobody waits for its locks. */
  readonly target?: Duration
  /** Units in the first chunk. Default 1,000. */
  readonly initial?: number
  /** Never fewer. Default 1. */
  readonly min?: number
  /** Never more. Default 50,000. */
  readonly max?: number
}

/** {@link ChunkOptions}, checked and with defaults applied. */
export interface ChunkLimits {
  /** Null: the size is fixed. */
  readonly targetMs: number | null
  readonly initial: number
  readonly min: number
  readonly max: number
}

const MOST = 1_000_000

/** @throws InvalidInputError naming the option that is wrong */
export function chunkLimits(options: ChunkOptions = {}, path = 'chunk'): ChunkLimits {
  if (typeof options === 'number') {
    const size = checkInteger(options, path, 1, MOST)
    return { targetMs: null, initial: size, min: size, max: size }
  }
  const targetMs = durationMs(options.target ?? 200, `${path}.target`)
  if (targetMs === 0) throw new InvalidInputError(`${path}.target`, 'expected more than 0 ms')
  const min = checkInteger(options.min ?? 1, `${path}.min`, 1, MOST)
  const max = checkInteger(options.max ?? Math.max(min, 50_000), `${path}.max`, min, MOST)
  const initial = checkInteger(
    options.initial ?? Math.min(Math.max(1_000, min), max),
    `${path}.initial`,
    min,
    max,
  )
  return { targetMs, initial, min, max }
}

/** How many chunks are remembered, and the weight of the newest. */
const WINDOW = 20
const ALPHA = 0.4
/** The share of the target that is aimed at. A chunk within it is left as it is. */
const AIM_LOW = 0.9
const AIM_HIGH = 0.95
/** No chunk is larger than the one before by more than this; a smaller one may be as small as it has to. */
const MAX_GROWTH = 1.2

/**
 * The size of the next chunk, as GitLab's batch optimizer finds it: efficiency is duration through target, averaged over
 * the last chunks with exponential weights. Here it is kept per unit, so that chunks of different sizes compare.
 * https://docs.gitlab.com/ee/development/database/batched_background_migrations.html
 */
export class ChunkSize {
  readonly #limits: ChunkLimits
  #perUnit: number[] = []
  #size: number

  /** @param limits see {@link chunkLimits}; @param size where a run before this one had come to */
  constructor(limits: ChunkLimits, size: number | null = null) {
    this.#limits = limits
    this.#size = Math.min(Math.max(size ?? limits.initial, limits.min), limits.max)
  }

  /** Units in the next chunk. */
  get value(): number {
    return this.#size
  }

  /** Learns from a chunk. One much smaller than asked for says little and is left out. */
  measured(units: number, ms: number): void {
    const { targetMs, min, max } = this.#limits
    if (targetMs === null || units < this.#size / 2) return
    this.#perUnit = [...this.#perUnit, ms / targetMs / units].slice(-WINDOW)
    const efficiency = average(this.#perUnit) * this.#size
    if (efficiency >= AIM_LOW && efficiency <= AIM_HIGH) return
    const factor = Math.min(AIM_HIGH / Math.max(efficiency, Number.EPSILON), MAX_GROWTH)
    const size = factor > 1 ? Math.ceil(this.#size * factor) : Math.floor(this.#size * factor)
    this.#size = Math.min(Math.max(size, min), max)
  }
}

/** The average in which the newest weighs 0.4, and all before it share the rest in the same way. */
function average(values: readonly number[]): number {
  return values.reduce((sum, value) => ALPHA * value + (1 - ALPHA) * sum, values[0] ?? 0)
}
