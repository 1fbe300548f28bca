import { createPostgresBackend, Queue, Worker } from 'bullmq'

/** History is kept, as BullMQ does unless told otherwise. */
export function connect({ url }) {
  const options = { connection: { connectionString: url, max: 20, migrate: true } }
  const queue = new Queue('noop', options, createPostgresBackend)
  return {
    async create() {
      await queue.waitUntilReady()
      await queue.obliterate({ force: true })
    },
    async enqueue(i) {
      await queue.add('noop', { i })
    },
    async enqueueMany(tasks) {
      await queue.addBulk(tasks.map((i) => ({ name: 'noop', data: { i } })))
    },
    async work(run) {
      const worker = new Worker(
        'noop',
        async ({ data }) => run.started(data.i),
        { ...options, concurrency: 20 },
        createPostgresBackend,
      )
      worker.on('completed', () => run.settled(1))
      worker.on('error', console.error)
      await worker.waitUntilReady()
      return { stop: () => worker.close() }
    },
    async close() {
      await queue.close()
    },
  }
}
