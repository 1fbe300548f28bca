import type { ProcessGate } from './process-gate.ts'

/** What may befall one call to the log or the broker. */
export interface CallFate {
  /** Virtual milliseconds on the way there, also when the caller dies or freezes meanwhile. Infinity: it never arrives. */
  readonly beforeMs: number
  /** Thrown instead of the call: it was not carried out. */
  readonly refuse: Error | null
  /** Thrown instead of the answer, `afterMs` after the call was sent. It is carried out when it arrives, perhaps later. */
  readonly loseReply: Error | null
  /** Virtual milliseconds on the way back. Infinity: there is never an answer. */
  readonly afterMs: number
}

/** Decides what befalls each call. */
export type Fate = (method: string) => CallFate

/** A log or a broker as a simulated process sees it: over a network, behind the gate. */
export function gated<Target extends object>(target: Target, gate: ProcessGate, fate: Fate): Target {
  return new Proxy(target, {
    get(_, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      const call = member.bind(target) as (...input: unknown[]) => unknown
      if (name === 'onWake') return gatedWake(call, gate)
      return async (...input: unknown[]): Promise<unknown> => {
        await gate.pass()
        const { beforeMs, refuse, loseReply, afterMs } = fate(String(name))
        const carriedOut = gate.travel(beforeMs).then(() => {
          if (refuse !== null) throw refuse
          return call(...input)
        })
        try {
          if (loseReply === null) return await carriedOut
          carriedOut.catch(() => {})
          throw loseReply
        } finally {
          await gate.travel(afterMs)
          await gate.pass()
        }
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
