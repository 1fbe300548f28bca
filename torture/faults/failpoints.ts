import { type ClaimableTaskLogBroker, StoreError } from '@waybill/core'

/** What a process does when it comes to a failpoint. */
export type FailAction = 'kill' | 'freeze' | 'throw' | 'hang'

/** The calls of a worker around which it can fail, beside its tasks' runs. */
const METHODS = ['add', 'claim', 'start', 'heartbeat', 'settle', 'recover', 'promote', 'retire'] as const

/** Every place at which a process can fail: before and after each call to the log, and each run of a task. */
export const FAILPOINTS: readonly string[] = [...METHODS, 'run'].flatMap((name) => [
  `${name}.before`,
  `${name}.after`,
])

/** What a failing process can do to itself. */
export interface FailActions {
  readonly kill: () => void
  readonly freeze: () => void
}

interface Armed {
  readonly failpoint: string
  readonly action: FailAction
  left: number
}

/** Lets a process fail at places by name. Only the harness's processes have any. */
export class Failpoints {
  readonly #actions: FailActions
  readonly #onFault: (failpoint: string, action: FailAction) => void
  #armed: Armed | null = null

  /** @param onFault told before it fails */
  constructor(actions: FailActions, onFault: (failpoint: string, action: FailAction) => void) {
    this.#actions = actions
    this.#onFault = onFault
  }

  /** Lets it fail when it comes to the failpoint for the n-th time from now. */
  arm(failpoint: string, action: FailAction, nth = 1): void {
    this.#armed = { failpoint, action, left: nth }
  }

  /** Disarms. */
  calm(): void {
    this.#armed = null
  }

  /** The process comes to a failpoint. */
  async reach(failpoint: string): Promise<void> {
    if (this.#armed?.failpoint !== failpoint) return
    this.#armed.left -= 1
    if (this.#armed.left > 0) return
    const { action } = this.#armed
    this.#armed = null
    this.#onFault(failpoint, action)
    if (action === 'kill') this.#actions.kill()
    if (action === 'freeze') this.#actions.freeze()
    if (action === 'hang') await new Promise(() => {})
    if (action === 'throw') throw faultAt(failpoint)
  }

  /** A log around whose calls the process can fail. */
  around(log: ClaimableTaskLogBroker): ClaimableTaskLogBroker {
    return new Proxy(log, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name)
        if (typeof member !== 'function') return member
        const call = member.bind(target) as (...input: unknown[]) => unknown
        if (!(METHODS as readonly (string | symbol)[]).includes(name)) return call
        return async (...input: unknown[]): Promise<unknown> => {
          await this.reach(`${String(name)}.before`)
          const answer = await call(...input)
          await this.reach(`${String(name)}.after`)
          return answer
        }
      },
    })
  }
}

function faultAt(failpoint: string): Error {
  if (failpoint.startsWith('run.')) return new Error(`The task fails at ${failpoint}.`)
  return failpoint.endsWith('.before')
    ? new StoreError('store_unavailable', `The call fails at ${failpoint}.`, { retryable: true })
    : new StoreError('outcome_unknown', `The reply is lost at ${failpoint}.`)
}
