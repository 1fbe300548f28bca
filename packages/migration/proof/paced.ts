import { setTimeout as sleep } from 'node:timers/promises'
import type { HealthCheck } from '../src/index.ts'

/** A pause before each chunk that makes every chunk take equally long, however busy the machine is. */
export function paced(everyMs: number): HealthCheck {
  let due = 0
  return async () => {
    const now = performance.now()
    due = Math.max(due, now + (due === 0 ? everyMs : 0))
    await sleep(due - now)
    due += everyMs
    return null
  }
}
