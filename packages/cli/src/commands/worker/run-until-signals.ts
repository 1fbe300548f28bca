import { handleSignals, type LongRunningWorker, type WorkerSummary } from '@waybill/core'
import type { SignalSource } from '../../command/host.ts'

/** Longer than a worker waits for tasks that ignore their signal, and for a store that does not answer. */
const FORCED_END_MS = 10_000
const STOP_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const

/**
 * Runs a worker that signals steer: the first TERM, INT or QUIT drains it, a second one aborts its tasks. Answers null
 * when it was aborted.
 *
 * @param onAsked told how often it was asked to stop
 */
export async function runUntilSignals(
  worker: LongRunningWorker,
  signals: SignalSource,
  onAsked: (times: number) => void,
): Promise<WorkerSummary | null> {
  let times = 0
  let timer: NodeJS.Timeout | undefined
  let forcedEnd: () => void = () => {}
  const forced = new Promise<null>((resolve) => {
    forcedEnd = () => resolve(null)
  })
  const ask = (): void => {
    times += 1
    onAsked(times)
    if (times > 1) timer ??= setTimeout(forcedEnd, FORCED_END_MS)
  }
  for (const name of STOP_SIGNALS) signals.on(name, ask)
  const endSignals = handleSignals(worker, signals)
  try {
    const summary = await Promise.race([worker.run(), forced])
    return times > 1 ? null : summary
  } finally {
    clearTimeout(timer)
    endSignals()
    for (const name of STOP_SIGNALS) signals.off(name, ask)
  }
}
