import { type ClaimableTaskLogBroker, WaybillError } from '@waybill/core'
import type { Method } from './call.ts'
import { COMPACT, isKept } from './compact.ts'
import type { Write } from './lines.ts'

/** Writes down what one process asks of its log and what it is told. */
export class Recorder {
  readonly process: string
  readonly #write: Write
  readonly #moment: () => number
  #calls = 0

  /** @param moment milliseconds of a monotonic clock that all processes share */
  constructor(process: string, write: Write, moment: () => number) {
    this.process = process
    this.#write = write
    this.#moment = moment
  }

  /** A log that does as the given one, and writes down its calls. */
  record(log: ClaimableTaskLogBroker): ClaimableTaskLogBroker {
    return new Proxy(log, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name)
        if (typeof member !== 'function') return member
        const call = member.bind(target) as (...input: unknown[]) => unknown
        return isKept(name) ? (...input: unknown[]) => this.#record(name, call, input) : call
      },
    })
  }

  async #record(
    method: Method,
    call: (...input: unknown[]) => unknown,
    input: readonly unknown[],
  ): Promise<unknown> {
    const { process } = this
    this.#calls += 1
    const number = this.#calls
    const compact = COMPACT[method] as { input(...input: unknown[]): never; answer(answer: unknown): never }
    this.#write({
      kind: 'call',
      process,
      number,
      method,
      input: compact.input(...input),
      at: this.#moment(),
    })
    try {
      const answer = await call(...input)
      this.#write({
        kind: 'reply',
        process,
        number,
        outcome: 'ok',
        answer: compact.answer(answer),
        at: this.#moment(),
      })
      return answer
    } catch (error) {
      const { outcome, code } = judge(error)
      this.#write({ kind: 'reply', process, number, outcome, answer: code, at: this.#moment() })
      throw error
    }
  }
}

/** A fault of the store is a word that nothing was done, unless it says that nobody knows. */
function judge(error: unknown): { readonly outcome: 'refused' | 'unknown'; readonly code: string | null } {
  if (!WaybillError.isInstance(error)) return { outcome: 'unknown', code: null }
  return { outcome: error.code === 'outcome_unknown' ? 'unknown' : 'refused', code: error.code }
}
