import { rmSync } from 'node:fs'
import Database from 'better-sqlite3'
import { better, defineQueue, defineWorker } from 'plainjob'

const SILENT = { error: console.error, warn() {}, info() {}, debug() {} }

/** Sets `synchronous = NORMAL` by itself: a power cut may take the last commits. Looks for jobs every 1 s unless told. */
export function connect({ url }) {
  const file = `${url}.plainjob`
  let queue
  const open = () => {
    queue ??= defineQueue({ connection: better(new Database(file)), logger: SILENT })
    return queue
  }
  return {
    async create() {
      queue?.close()
      queue = undefined
      for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true })
      open()
    },
    async enqueue(i) {
      open().add('noop', { i })
    },
    async enqueueMany(tasks) {
      open().addMany(
        'noop',
        tasks.map((i) => ({ i })),
      )
    },
    async work(run) {
      const worker = defineWorker('noop', async ({ data }) => run.started(JSON.parse(data).i), {
        queue: open(),
        logger: SILENT,
        pollIntervall: 1,
        onCompleted: () => run.settled(1),
      })
      const ended = worker.start()
      return {
        async stop() {
          await worker.stop()
          await ended
        },
      }
    },
    async close() {
      queue?.close()
    },
  }
}
