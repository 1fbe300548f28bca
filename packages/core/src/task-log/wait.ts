import { NotFoundError } from '../errors/errors.ts'
import { WaybillError } from '../errors/waybill-error.ts'
import { isEnded } from '../task/status.ts'
import type { Clock } from '../time/clock.ts'
import { type Duration, durationMs } from '../time/duration.ts'
import { checkObject } from '../validation/objects.ts'
import type { TaskLogEntity } from './task-log-entity.ts'

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
 * Waits until all the tasks have ended; answers their entries, in order. Asks less and less often.
 *
 * @param find answers the entries of some ids
 * @throws NotFoundError when there is no such task (any more); WaybillError `aborted`, retryable, when the time is over
 */
export async function waitForEnd(
  find: (ids: readonly string[]) => Promise<readonly TaskLogEntity[]>,
  clock: Clock,
  ids: readonly string[],
  options: WaitOptions,
): Promise<readonly TaskLogEntity[]> {
  const { signal, timeout } = checkObject(options, 'options')
  const timeoutMs = timeout === undefined ? Number.POSITIVE_INFINITY : durationMs(timeout, 'timeout')
  const until = clock.monotonic() + timeoutMs
  const entities = new Map<string, TaskLogEntity>()
  let open = [...new Set(ids)]
  for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(pollMs * 1.5, LONGEST_POLL_MS)) {
    signal?.throwIfAborted()
    for (const id of open) entities.delete(id)
    for (const entity of await find(open)) entities.set(entity.id, entity)
    const missing = open.find((id) => !entities.has(id))
    if (missing !== undefined) throw new NotFoundError('task', missing)
    open = open.filter((id) => !isEnded((entities.get(id) as TaskLogEntity).status))
    if (open.length === 0) return ids.map((id) => entities.get(id) as TaskLogEntity)
    const leftMs = until - clock.monotonic()
    if (leftMs <= 0) {
      const message = `${open.length} of ${ids.length} tasks had not ended after ${timeoutMs} ms.`
      throw new WaybillError('aborted', message, { retryable: true })
    }
    await sleep(clock, Math.min(pollMs, leftMs), signal)
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
