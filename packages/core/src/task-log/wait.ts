import { NotFoundError } from '../errors/errors.ts'
import { WaybillError } from '../errors/waybill-error.ts'
import { isEnded } from '../task/status.ts'
import type { Clock } from '../time/clock.ts'
import { type Duration, durationMs } from '../time/duration.ts'
import { checkObject } from '../validation/objects.ts'
import type { TaskLogBroker } from './task-log-broker.ts'
import type { TaskLogRecord } from './task-log-record.ts'

/** Options of `TaskLog.wait`. */
export interface WaitOptions {
  /** Stops waiting; the call is rejected with the signal's reason. */
  readonly signal?: AbortSignal
  /** How long at most. Default: for ever. */
  readonly timeout?: Duration
}

const FIRST_POLL_MS = 20
const LONGEST_POLL_MS = 2_000

/**
 * Waits until all the tasks have ended; answers their records, in order. Asks the log, less and less often.
 *
 * @throws NotFoundError when there is no such task (any more); WaybillError `aborted`, retryable, when the time is over
 */
export async function waitForEnd(
  broker: TaskLogBroker,
  clock: Clock,
  ids: readonly string[],
  options: WaitOptions = {},
): Promise<readonly TaskLogRecord[]> {
  const { signal, timeout } = checkObject(options, 'options')
  const timeoutMs = timeout === undefined ? Number.POSITIVE_INFINITY : durationMs(timeout, 'timeout')
  const until = clock.monotonic() + timeoutMs
  const ended = new Map<string, TaskLogRecord>()
  let pollMs = FIRST_POLL_MS
  for (;;) {
    signal?.throwIfAborted()
    const open = [...new Set(ids)].filter((id) => !ended.has(id))
    const records = open.length === 0 ? [] : await broker.find(open)
    const found = new Set(records.map(({ id }) => id))
    const missing = open.find((id) => !found.has(id))
    if (missing !== undefined) throw new NotFoundError('task', missing)
    for (const record of records) if (isEnded(record.status)) ended.set(record.id, record)
    if (records.every(({ id }) => ended.has(id))) return ids.map((id) => ended.get(id) as TaskLogRecord)
    const leftMs = until - clock.monotonic()
    if (leftMs <= 0) {
      const message = `${open.length} of ${ids.length} tasks had not ended after ${timeoutMs} ms.`
      throw new WaybillError('aborted', message, { retryable: true })
    }
    await sleep(clock, Math.min(pollMs, leftMs), signal)
    pollMs = Math.min(pollMs * 1.5, LONGEST_POLL_MS)
  }
}

function sleep(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      cancel()
      reject(signal?.reason)
    }
    const cancel = clock.setTimer(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal?.addEventListener('abort', stop, { once: true })
  })
}
