import { checkInteger, type QueueDispatcher } from '@waybill/core'
import type { HealthCheck } from './health-check.ts'

/** Bad while more tasks than this wait in a queue of the dispatcher. */
export function queueDepth(dispatcher: QueueDispatcher, queue: string, most: number): HealthCheck {
  checkInteger(most, 'most', 0, Number.MAX_SAFE_INTEGER)
  return async () => {
    const waiting = await dispatcher.getQueue(queue).count()
    return waiting <= most ? null : `${waiting} tasks wait in the queue ${queue}, more than ${most}`
  }
}
