import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'

/** History is kept, as BullMQ does unless told otherwise. */
export function connect({ url }) {
  const connection = new Redis(url, { maxRetriesPerRequest: null })
  const queue = new Queue('noop', { connection })
  return {
    async create() {
      await queue.obliterate({ force: true })
    },
    async enqueue(i) {
      await queue.add('noop', { i })
    },
    async enqueueMany(tasks) {
      await queue.addBulk(tasks.map((i) => ({ name: 'noop', data: { i } })))
    },
    async work(run) {
      const worker = new Worker('noop', async ({ data }) => run.started(data.i), {
        connection,
        concurrency: 100,
      })
      worker.on('completed', () => run.settled(1))
      worker.on('error', console.error)
      await worker.waitUntilReady()
      return { stop: () => worker.close() }
    },
    async close() {
      await queue.close()
      connection.disconnect()
    },
  }
}
