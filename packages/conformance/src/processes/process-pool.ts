import { OtherProcess } from './other-process.ts'

/** Processes that are lent to one rule after the other: starting one takes longer than most rules do. */
export class ProcessPool {
  readonly #idle: OtherProcess[] = []

  /** A process that nobody else uses. */
  async take(): Promise<OtherProcess> {
    return this.#idle.pop() ?? OtherProcess.start()
  }

  /** Takes a process back; one that was killed is not lent again. */
  give(other: OtherProcess): void {
    if (other.isRunning) this.#idle.push(other)
  }

  /** Lets all processes end. */
  async end(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map(async (other) => other.end()))
  }
}
