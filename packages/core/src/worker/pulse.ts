import { isPulsable } from '../task-log/claimable-task-log-broker.ts'
import { builtin } from '../telemetry/builtin.ts'
import { publish } from '../telemetry/channels.ts'
import type { HeartOptions } from './heart.ts'

/** What a pulse thread is started with. */
export interface PulseData {
  readonly module: string
  readonly options: unknown
  readonly worker: string
  readonly leaseMs: number
  readonly beatMs: number
  readonly stallMs: number
  /** Two counters the main thread moves: beats that got through, turns of its event loop. */
  readonly counters: SharedArrayBuffer
}

/** A thread that vouches for a worker whose main thread is busy. */
export interface Pulse {
  /** Resolves when the thread is able to vouch, or never will be, or takes too long to get there. */
  readonly ready: Promise<void>
  /** A beat of the main thread got through: the thread need not. */
  beaten(): void
  /** Ends the thread. */
  stop(): Promise<void>
}

interface Thread {
  unref(): void
  on(event: 'error', listener: (error: unknown) => void): void
  once(event: 'message' | 'exit', listener: () => void): void
  terminate(): Promise<unknown>
}

/** How often the main thread shows that it moves. */
const TICK_MS = 250
/** How long a worker waits for its thread before it begins without it. */
const READY_WITHIN_MS = 10_000

/** Starts the thread; null when the log or the runtime offers none. */
export function startPulse(options: HeartOptions): Pulse | null {
  const threads = builtin<{ Worker: new (url: URL, init: object) => Thread }>('node:worker_threads')
  const pulse = isPulsable(options.log) ? options.log.pulse : null
  if (threads === undefined || pulse === null || options.stallMs === 0) return null
  const { worker, leaseMs, beatMs, stallMs, clock } = options
  const counters = new SharedArrayBuffer(8)
  const view = new Int32Array(counters)
  const workerData: PulseData = { ...pulse, worker, leaseMs, beatMs, stallMs, counters }
  // Sources run as they are in development, so the thread's file ends as this one does.
  const file = import.meta.url.endsWith('.ts') ? './pulse-thread.ts' : './pulse-thread.js'
  const thread = new threads.Worker(new URL(file, import.meta.url), { workerData })
  thread.unref()
  thread.on('error', (error) => publish('waybill:worker:fault', () => ({ worker, during: 'pulse', error })))
  let cancel = (): void => {}
  const tick = (): void => {
    Atomics.add(view, 1, 1)
    cancel = clock.setTimer(tick, TICK_MS)
  }
  tick()
  const ready = new Promise<void>((resolve) => {
    const cancelWait = clock.setTimer(resolve, READY_WITHIN_MS)
    for (const event of ['message', 'exit'] as const) {
      thread.once(event, () => {
        cancelWait()
        resolve()
      })
    }
  })
  return {
    ready,
    beaten: () => void Atomics.add(view, 0, 1),
    async stop() {
      cancel()
      await thread.terminate()
    },
  }
}
