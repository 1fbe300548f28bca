import type { LongRunningWorker } from './long-running-worker.ts'

interface SignalSource {
  on(signal: string, listener: () => void): unknown
  off(signal: string, listener: () => void): unknown
}

/**
 * Lets a process's signals steer a worker: the first TERM, INT or QUIT drains it, a second one aborts its tasks, USR2 pauses
 * it, CONT goes on. Answers a function that ends it.
 *
 * @param source where signals come from; the process by default. Without one nothing happens.
 */
export function handleSignals(
  worker: LongRunningWorker,
  source: SignalSource | undefined = (globalThis as { process?: SignalSource }).process,
): () => void {
  const stop = (): void => (worker.state === 'stopping' ? worker.abort() : worker.stop())
  const listeners: readonly (readonly [string, () => void])[] = [
    ['SIGTERM', stop],
    ['SIGINT', stop],
    ['SIGQUIT', stop],
    ['SIGUSR2', () => worker.pause()],
    ['SIGCONT', () => worker.resume()],
  ]
  for (const [signal, listener] of listeners) source?.on(signal, listener)
  return () => {
    for (const [signal, listener] of listeners) source?.off(signal, listener)
  }
}
