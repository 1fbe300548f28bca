import { EventEmitter } from 'node:events'
import { Logger, makeWorkerUtils, run as runWorker } from 'graphile-worker'

const SILENT = new Logger(() => (level, message) => level === 'error' && console.error(message))

/** Jobs that are done are deleted: nothing is kept. */
export function connect({ url }) {
  let opened
  const utils = () => {
    opened ??= makeWorkerUtils({ connectionString: url, logger: SILENT })
    return opened
  }
  return {
    async create() {
      const { withPgClient, migrate } = await utils()
      await withPgClient((client) => client.query('DROP SCHEMA IF EXISTS graphile_worker CASCADE'))
      await migrate()
    },
    async enqueue(i) {
      await (await utils()).addJob('noop', { i })
    },
    async enqueueMany(tasks) {
      await (await utils()).addJobs(tasks.map((i) => ({ identifier: 'noop', payload: { i } })))
    },
    async work(run) {
      const events = new EventEmitter()
      events.on('job:success', () => run.settled(1))
      // The settings of https://worker.graphile.org/docs/performance
      const runner = await runWorker({
        events,
        logger: SILENT,
        noHandleSignals: true,
        taskList: { noop: async ({ i }) => run.started(i) },
        preset: {
          worker: {
            connectionString: url,
            concurrentJobs: 24,
            maxPoolSize: 26,
            localQueue: { size: 500 },
            completeJobBatchDelay: 0,
            failJobBatchDelay: 0,
          },
        },
      })
      return { stop: () => runner.stop() }
    },
    async close() {
      await (await opened)?.release()
    },
  }
}
