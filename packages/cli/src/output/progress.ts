import { setImmediate } from 'node:timers/promises'
import { formatCount, formatSpan } from './moments.ts'
import type { Output } from './output.ts'

const REDRAW_MS = 100
/** What takes less is not worth a word, and its rate says nothing. */
const SHOWN_AFTER_MS = 1_000
const STEP_PERCENT = 5

/** What {@link Progress} tells of. */
export interface ProgressOptions {
  /** What is being done, for example `Cancelling`. */
  readonly label: string
  /** Units in all. */
  readonly total: number
  /** Says nothing. */
  readonly quiet?: boolean
  /** A clock in milliseconds. */
  readonly now?: () => number
}

/**
 * How far work is that takes longer than a moment: a bar with rate and remaining time on a terminal, a line for every 5 %
 * elsewhere.
 */
export class Progress {
  readonly #output: Output
  readonly #options: ProgressOptions
  readonly #now: () => number
  readonly #startedAt: number
  #done = 0
  #drawnAt = Number.NEGATIVE_INFINITY
  #step = 0

  /** It begins now. */
  constructor(output: Output, options: ProgressOptions) {
    this.#output = output
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
    this.#startedAt = this.#now()
  }

  /** Says how many units are done in all. */
  show(done: number): void {
    this.#done = done
    if (this.#options.quiet || this.#now() - this.#startedAt < SHOWN_AFTER_MS) return
    if (this.#output.surroundings.animated) this.#draw()
    else this.#tell()
  }

  /**
   * The same; resolves once the event loop has turned. Work on a synchronous driver must await it, or signals would wait
   * for its end.
   */
  async update(done: number): Promise<void> {
    this.show(done)
    await setImmediate()
  }

  /** Takes the bar away. */
  end(): void {
    if (this.#output.surroundings.animated) this.#output.status('')
  }

  #draw(): void {
    const now = this.#now()
    if (now - this.#drawnAt < REDRAW_MS && this.#done < this.#options.total) return
    this.#drawnAt = now
    const { width } = this.#output.surroundings
    const text = `${this.#options.label} ${this.#facts()}`
    const room = Math.min(30, width - text.length - 2)
    const filled = Math.round(room * this.#share)
    const bar = room < 5 ? '' : `${'█'.repeat(filled)}${'░'.repeat(room - filled)} `
    this.#output.status(`${bar}${text}`.slice(0, width - 1))
  }

  #tell(): void {
    const step = Math.floor((this.#share * 100) / STEP_PERCENT)
    if (step <= this.#step) return
    this.#step = step
    this.#output.talk(`${this.#options.label} ${this.#facts()}`)
  }

  get #share(): number {
    return this.#options.total === 0 ? 1 : Math.min(1, this.#done / this.#options.total)
  }

  #facts(): string {
    const counts = `${formatCount(this.#done)}/${formatCount(this.#options.total)} ${Math.floor(this.#share * 100)} %`
    if (this.#done === 0) return counts
    const rate = this.#done / (this.#now() - this.#startedAt)
    const left = (this.#options.total - this.#done) / rate
    const perSecond = formatCount(Math.round(rate * 1_000))
    return `${counts}, ${perSecond}/s${left > 0 ? `, ${formatSpan(left)} left` : ''}`
  }
}
