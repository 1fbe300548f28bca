import type { PulseConnection } from '../task-log/claimable-task-log-broker.ts'
import { builtin } from '../telemetry/builtin.ts'
import { systemClock } from '../time/clock.ts'
import type { PulseData } from './pulse.ts'

const { workerData, parentPort } = builtin('node:worker_threads') as {
  workerData: PulseData
  parentPort: { postMessage(message: unknown): void }
}
const { module, options, worker, leaseMs, beatMs, stallMs, counters } = workerData
const view = new Int32Array(counters)
const adapter = (await import(module)) as { beat(options: unknown): Promise<PulseConnection> }

let connection: PulseConnection | null = null
let beats = Atomics.load(view, 0)
let turns = Atomics.load(view, 1)
let movedAt = systemClock.monotonic()

/**
 * Renews only when the main thread has not beaten since the last look, and only while it has moved within the bound: a
 * loop that never ends is let go.
 */
async function look(): Promise<void> {
  const now = systemClock.monotonic()
  const beaten = Atomics.load(view, 0) !== beats
  if (Atomics.load(view, 1) !== turns) movedAt = now
  beats = Atomics.load(view, 0)
  turns = Atomics.load(view, 1)
  if (beaten || now - movedAt > stallMs) return
  try {
    connection ??= await adapter.beat(options)
    await connection.renew(worker, leaseMs)
  } catch {
    await connection?.close().catch(() => {})
    connection = null
  }
}

function next(): void {
  systemClock.setTimer(() => void look().finally(next), beatMs)
}

next()
parentPort.postMessage('ready')
