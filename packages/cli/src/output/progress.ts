import { formatCount, formatSpan } from './moments.ts'
import type { Output } from './output.ts'

const REDRAW_MS = 100
/** Below a second a rate says nothing. */
const RATE_AFTER_MS = 1_000
const STEP_PERCENT = 5

/** How far long work is: a bar with rate and remaining time on a terminal, a line for every 5 % elsewhere. */
export class Progress {
  readonly #output: Output
  readonly #label: string
  readonly #total: number
  readonly #startedAt: number
  readonly #now: () => number
  #done = 0
  #drawnAt = Number.NEGATIVE_INFINITY
  #step = 0

  /** @param label what is being done, for example `Cancelling`; @param total units in all */
  constructor(output: Output, label: string, total: number, now: () => number = () => performance.now()) {
    this.#output = output
    this.#label = label
    this.#total = total
    this.#now = now
    this.#startedAt = now()
  }

  /** Says how many units are done in all. */
  update(done: number): void {
    this.#done = done
    if (this.#output.surroundings.animated) this.#draw()
    else this.#tell()
  }

  /** Takes the bar away. */
  end(): void {
    if (this.#output.surroundings.animated) this.#output.status('')
  }

  #draw(): void {
    const now = this.#now()
    if (now - this.#drawnAt < REDRAW_MS && this.#done < this.#total) return
    this.#drawnAt = now
    const { width } = this.#output.surroundings
    const text = `${this.#label} ${this.#facts()}`
    const room = Math.min(30, width - text.length - 2)
    const filled = Math.round(room * this.#share)
    const bar = room < 5 ? '' : `${'█'.repeat(filled)}${'░'.repeat(room - filled)} `
    this.#output.status(`${bar}${text}`.slice(0, width - 1))
  }

  #tell(): void {
    const step = Math.floor((this.#share * 100) / STEP_PERCENT)
    if (step <= this.#step) return
    this.#step = step
    this.#output.talk(`${this.#label} ${this.#facts()}`)
  }

  get #share(): number {
    return this.#total === 0 ? 1 : Math.min(1, this.#done / this.#total)
  }

  #facts(): string {
    const counts = `${formatCount(this.#done)}/${formatCount(this.#total)} ${Math.floor(this.#share * 100)} %`
    const ms = this.#now() - this.#startedAt
    if (ms < RATE_AFTER_MS || this.#done === 0) return counts
    const rate = this.#done / ms
    const left = (this.#total - this.#done) / rate
    const perSecond = formatCount(Math.round(rate * 1_000))
    return `${counts}, ${perSecond}/s${left > 0 ? `, ${formatSpan(left)} left` : ''}`
  }
}
