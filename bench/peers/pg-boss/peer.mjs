import { PgBoss } from 'pg-boss'

const QUEUE = 'noop'

/** Woken by NOTIFY; batches of 500, the next one at once while they come back full. */
export function connect({ url }) {
  let opened
  const start = async () => {
    const boss = new PgBoss({ connectionString: url, useListenNotify: true })
    boss.on('error', console.error)
    await boss.start()
    await boss.createQueue(QUEUE, { notify: true })
    return boss
  }
  const boss = () => {
    opened ??= start()
    return opened
  }
  return {
    async create() {
      await (await boss()).deleteAllJobs(QUEUE)
    },
    async enqueue(i) {
      await (await boss()).send(QUEUE, { i })
    },
    async enqueueMany(tasks) {
      await (await boss()).insert(
        QUEUE,
        tasks.map((i) => ({ data: { i } })),
      )
    },
    async work(run) {
      // A batch is written down as done before the next one is fetched.
      let unsettled = 0
      const settle = () => {
        if (unsettled > 0) run.settled(unsettled)
        unsettled = 0
      }
      const options = { batchSize: 500, pollingIntervalSeconds: 0.5, burstWhenBatchFull: true }
      await (await boss()).work(QUEUE, options, async (jobs) => {
        settle()
        for (const { data } of jobs) await run.started(data.i)
        unsettled = jobs.length
      })
      return {
        async stop() {
          await (await boss()).offWork(QUEUE, { wait: true })
          settle()
        },
      }
    },
    async close() {
      await (await opened)?.stop({ graceful: false })
    },
  }
}
