import { workerData } from 'node:worker_threads'

/** What a worker thread of core does: all it knows is the module and its options. */
const { pulse, worker, leaseMs } = workerData
const { beat } = await import(pulse.module)
const connection = await beat(pulse.options)
await connection.renew(worker, leaseMs)
await connection.close()
