import { setTimeout as sleep } from 'node:timers/promises'
import { workerData } from 'node:worker_threads'

const { options: loaded } = workerData as { readonly options: Int32Array }

// A driver takes its time to load.
await sleep(300)
Atomics.store(loaded, 0, 1)

/** Renews nothing: the log in memory cannot be reached from a thread. */
export async function beat(): Promise<{ renew(): Promise<void>; close(): Promise<void> }> {
  return { renew: async () => {}, close: async () => {} }
}
