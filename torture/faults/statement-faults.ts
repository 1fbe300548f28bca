import { setTimeout as sleep } from 'node:timers/promises'

/** What happens to a statement. The first two are told apart by whether the database has carried it out. */
export type StatementFault =
  | 'lost before'
  | 'lost after'
  | 'deadlock'
  | 'serialization failure'
  | 'lock timeout'
  | 'read only'
  | 'full'
  | 'slow'

/** Runs one statement of a driver. */
export type Run = () => Promise<unknown>

/** How a driver's faults look. */
export interface DriverFaults {
  /** The error with which the driver reports the fault. */
  errorOf(fault: StatementFault): Error
  /** Makes the connection useless, as it is when one of its statements was lost. */
  breakOff(): void
}

const SLOW_MS = 300

/** Lets a fault befall the n-th statement from now on, counted over all connections. */
export class StatementFaults {
  #armed: { left: number; readonly fault: StatementFault } | null = null
  readonly #onFault: (fault: StatementFault) => void

  /** @param onFault told when a fault has fired */
  constructor(onFault: (fault: StatementFault) => void = () => {}) {
    this.#onFault = onFault
  }

  /** Whether what was armed has not fired yet. */
  get isArmed(): boolean {
    return this.#armed !== null
  }

  /** Arms a fault for the n-th statement from now; 1 is the next one. */
  arm(nth: number, fault: StatementFault): void {
    this.#armed = { left: nth, fault }
  }

  /** Disarms. */
  calm(): void {
    this.#armed = null
  }

  /** The fault for the statement that is about to run. A ROLLBACK has done its work even where it fails. */
  next(sql: string): StatementFault | null {
    if (this.#armed === null || sql.startsWith('ROLLBACK')) return null
    this.#armed.left -= 1
    if (this.#armed.left > 0) return null
    const { fault } = this.#armed
    this.#armed = null
    this.#onFault(fault)
    return fault
  }

  /** Runs a statement, or what befalls it. */
  async run(sql: string, statement: Run, driver: DriverFaults): Promise<unknown> {
    const fault = this.next(sql)
    if (fault === null) return await statement()
    if (fault === 'slow') {
      await sleep(SLOW_MS)
      return await statement()
    }
    if (fault === 'lost after') await statement()
    if (fault === 'lost before' || fault === 'lost after') driver.breakOff()
    throw driver.errorOf(fault)
  }
}
