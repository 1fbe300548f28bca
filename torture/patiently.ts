import { setTimeout as sleep } from 'node:timers/promises'
import { WaybillError } from '@waybill/core'

const WAIT_MS = 200
const ATTEMPTS = 300

/** Asks again while the store is out of reach, or somebody who was frozen holds its lock. For calls that may be repeated. */
export async function patiently<Answer>(call: () => Promise<Answer>): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call()
    } catch (error) {
      const isTransient =
        WaybillError.isInstance(error) && (error.retryable || error.code === 'outcome_unknown')
      if (!isTransient || attempt === ATTEMPTS) throw error
    }
    await sleep(WAIT_MS)
  }
}
