import type { ClaimableTaskLogBroker } from '@waybill/core'
import type { ProcessGate } from './process-gate.ts'

/** What may befall one call to the log. */
export interface CallFate {
  /** Virtual milliseconds on the way there. */
  readonly beforeMs: number
  /** Thrown instead of the call: it never got there. */
  readonly refuse: Error | null
  /** Thrown instead of the answer: the call was carried out, its reply was lost. */
  readonly loseReply: Error | null
  /** Virtual milliseconds on the way back. */
  readonly afterMs: number
}

/** Decides what befalls each call. */
export type Fate = (method: string) => CallFate

/** The log as a simulated process sees it: over a network, behind the gate. */
export function gatedLog(log: ClaimableTaskLogBroker, gate: ProcessGate, fate: Fate): ClaimableTaskLogBroker {
  const wait = async (ms: number): Promise<void> => {
    if (ms > 0) await new Promise<void>((resolve) => gate.setTimer(resolve, ms))
    await gate.pass()
  }
  return new Proxy(log, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      const call = member.bind(target) as (...input: unknown[]) => unknown
      if (name === 'onWake') return gatedWake(call, gate)
      return async (...input: unknown[]): Promise<unknown> => {
        const { beforeMs, refuse, loseReply, afterMs } = fate(String(name))
        await wait(beforeMs)
        if (refuse !== null) throw refuse
        const answer = await call(...input)
        await wait(afterMs)
        if (loseReply !== null) throw loseReply
        return answer
      }
    },
  })
}

function gatedWake(
  onWake: (...input: unknown[]) => unknown,
  gate: ProcessGate,
): (queue: string, wake: () => void) => unknown {
  return (queue, wake) => onWake(queue, () => void gate.pass().then(wake))
}
