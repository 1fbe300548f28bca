import { promise } from 'fastq'

/** In memory, and nothing is kept: no log, no retry, no second process. */
export function connect() {
  let run = { started: () => {}, settled: () => {} }
  const queue = promise(async ({ i }) => run.started(i), 100)
  queue.pause()
  const push = async (i) => {
    await queue.push({ i })
    run.settled(1)
  }
  return {
    create: async () => {},
    // Pushing alone is what enqueueing is here: the promise of a push is that of the task's end.
    async enqueue(i) {
      void push(i)
    },
    async enqueueMany(tasks) {
      for (const i of tasks) void push(i)
    },
    async work(next) {
      run = next
      queue.resume()
      return { stop: async () => queue.pause() }
    },
    close: async () => {},
  }
}
