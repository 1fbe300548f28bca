import type { ClaimableTaskLogBroker } from '@waybill/core'

/** The calls that a history holds: those that write, or that say what was written. */
export const RECORDED_METHODS = [
  'add',
  'claim',
  'start',
  'heartbeat',
  'settle',
  'recover',
  'retire',
  'transition',
  'requestCancel',
  'delete',
] as const

type Method = (typeof RECORDED_METHODS)[number]

/** One call: what was asked, what was answered, and where it stands in the order of all calls. */
export type RecordedCall = {
  readonly [Name in Method]: {
    readonly method: Name
    readonly input: Parameters<ClaimableTaskLogBroker[Name]>
    readonly answer: Awaited<ReturnType<ClaimableTaskLogBroker[Name]>>
    /** Its place among all beginnings and ends: a call came before another when it ended before that one began. */
    readonly began: number
    readonly ended: number
  }
}[Method]

/** The calls to one storage, from however many logs. */
export class History {
  readonly calls: RecordedCall[] = []
  #place = 0

  /** A log that does as the given one, and writes down what it is asked and answers. */
  record(log: ClaimableTaskLogBroker): ClaimableTaskLogBroker {
    return new Proxy(log, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        const call = value.bind(target) as (...input: unknown[]) => unknown
        return isRecorded(name) ? this.#recorded(name, call) : call
      },
    })
  }

  #recorded(
    method: Method,
    call: (...input: unknown[]) => unknown,
  ): (...input: unknown[]) => Promise<unknown> {
    return async (...input) => {
      const began = this.#next()
      const answer = await call(...input)
      this.calls.push({ method, input, answer, began, ended: this.#next() } as RecordedCall)
      return answer
    }
  }

  #next(): number {
    this.#place += 1
    return this.#place
  }

  /** The recorded calls of one method. */
  of<Name extends Method>(method: Name): readonly Extract<RecordedCall, { method: Name }>[] {
    return this.calls.filter(
      (call): call is Extract<RecordedCall, { method: Name }> => call.method === method,
    )
  }
}

function isRecorded(name: string | symbol): name is Method {
  return (RECORDED_METHODS as readonly (string | symbol)[]).includes(name)
}
