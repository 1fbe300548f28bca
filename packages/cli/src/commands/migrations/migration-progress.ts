import { describeRate, type MigrationStatus } from '@waybill/migration'
import type { Output } from '../../output/output.ts'
import { progressOf } from './status-columns.ts'

const WIDEST_BAR = 30
const STEP_PERCENT = 5

/** Where a migration is: a bar on a terminal; elsewhere a line for every 5 %, and for every change of state. */
export class MigrationProgress {
  readonly #output: Output
  #told = ''

  /** @param output where it is shown */
  constructor(output: Output) {
    this.#output = output
  }

  /** Shows where it is now. */
  show(status: MigrationStatus): void {
    const text = describe(status)
    if (this.#output.surroundings.animated) this.#output.status(this.#withBar(status, text))
    else this.#tell(status, text)
  }

  /** Takes the bar away. */
  end(): void {
    if (this.#output.surroundings.animated) this.#output.status('')
  }

  #withBar({ estimate: { done, total } }: MigrationStatus, text: string): string {
    const { width } = this.#output.surroundings
    const room = Math.min(WIDEST_BAR, width - text.length - 2)
    if (total === null || total === 0 || room < 5) return text.slice(0, width - 1)
    const filled = Math.round(room * Math.min(1, done / total))
    return `${'█'.repeat(filled)}${'░'.repeat(room - filled)} ${text}`
  }

  #tell(status: MigrationStatus, text: string): void {
    const { done, total } = status.estimate
    const step = total === null || total === 0 ? 0 : Math.floor((100 * done) / total / STEP_PERCENT)
    const what = [status.state, status.pass, step, ...status.waitsFor].join()
    if (what === this.#told) return
    this.#told = what
    this.#output.talk(text)
  }
}

function describe({ migration, state, pass, estimate, waitsFor, failed }: MigrationStatus): string {
  const facts = [
    `${migration} ${pass === 'verify' ? 'verifying' : state} ${progressOf(estimate.done, estimate.total)}`,
    failed === 0 ? null : `${failed} failed`,
    waitsFor[0] ?? describeRate(estimate.perSecond, estimate.leftMs),
  ]
  return facts.filter((fact) => fact !== null).join(', ')
}
