import { defineTask, Report } from '@waybill/core'
import { createSimulation } from '@waybill/testing'
import { expect, it } from 'vitest'

it('retries', async () => {
  let calls = 0
  const publish = async (_article: string) => {
    calls += 1
    if (calls < 4) throw new Error('busy')
  }
  // #region retry
  const publishArticle = defineTask<{ article: string }>({
    name: 'article.publish',
    retry: { attempts: 5, backoff: { baseMs: 2_000, maxMs: 60_000, jitter: 0.2 } },
    async run({ article }, { attempt, maxAttempts, log }) {
      if (attempt > 1) log.warn(`attempt ${attempt} of ${maxAttempts}`)
      await publish(article) // thrown errors are tried again
      return Report.success('published')
    },
  })
  // #endregion
  const simulation = createSimulation({ tasks: [publishArticle] })
  const { id } = await simulation.dispatcher.enqueue(publishArticle, { article: 'a' })
  await simulation.drain({ untilEnded: '10m' })
  expect(await simulation.taskLog.getById(id)).toMatchObject({ status: 'completed', attempt: 4 })
})

it('goes on where the attempt before stood', async () => {
  let broken = true
  const seen: number[] = []
  const handle = async (page: number) => {
    if (page === 3 && broken) {
      broken = false
      throw new Error('the line dropped')
    }
    seen.push(page)
  }
  // #region checkpoint
  const crawl = defineTask<{ pages: number }>({
    name: 'site.crawl',
    async run({ pages }, { lastCheckpoint, checkpoint }) {
      for (let page = Number(lastCheckpoint ?? 0); page < pages; page += 1) {
        await handle(page)
        await checkpoint(page + 1) // in the log when this resolves
      }
      return Report.success(`${pages} pages`)
    },
  })
  // #endregion
  const simulation = createSimulation({ tasks: [crawl] })
  const { id } = await simulation.dispatcher.enqueue(crawl, { pages: 5 })
  await simulation.drain({ untilEnded: '10m' })
  expect(await simulation.taskLog.getStatus(id)).toBe('completed')
  expect(seen).toEqual([0, 1, 2, 3, 4])
})

it('a timeout is felt by whoever takes the signal', async () => {
  const fetch = async (_url: string, { signal }: { signal: AbortSignal }) => {
    await simulation.sleep('1h', signal)
    return { ok: true }
  }
  // #region timeout
  const fetchFeed = defineTask<{ url: string }>({
    name: 'feed.fetch',
    timeout: '10s', // of one attempt
    retry: { attempts: 2 },
    async run({ url }, { signal }) {
      const response = await fetch(url, { signal }) // hand the signal on to whatever waits
      return response.ok ? Report.success('fetched') : Report.error('refused')
    },
  })
  // #endregion
  const simulation = createSimulation({ tasks: [fetchFeed] })
  const { id } = await simulation.dispatcher.enqueue(fetchFeed, { url: 'https://example.org' })
  await simulation.drain({ untilEnded: '10m' })
  expect(await simulation.taskLog.getById(id)).toMatchObject({
    status: 'failed',
    reason: 'timeout',
    attempt: 2,
  })
})

it('a cancel is asked for, and honoured', async () => {
  const undone: string[] = []
  const undo = async (id: string) => void undone.push(id)
  // #region cancel
  const longExport = defineTask({
    name: 'export.long',
    async run(_: undefined, { signal, id }) {
      try {
        for (let part = 0; part < 100; part += 1) {
          signal.throwIfAborted() // between two steps
          await simulation.sleep('1s', signal)
        }
        return Report.success('exported')
      } catch (error) {
        await undo(id)
        throw error // rethrown: the task ends as cancelled
      }
    },
  })
  // #endregion
  const simulation = createSimulation({ tasks: [longExport] })
  const waybill = simulation.dispatcher
  const { id } = await waybill.enqueue(longExport, undefined, { owner: 'ada' })
  const queued = await waybill.enqueue(longExport, undefined, { owner: 'ada', delay: '1h' })
  simulation.startWorker()
  await simulation.until(async () => (await waybill.taskLog.getStatus(id)) === 'running')
  // #region ask
  await waybill.taskLog.cancel(queued) // 'cancelled': it never starts
  await waybill.taskLog.cancel(id) // 'requested': its signal is aborted within a heartbeat
  // #endregion
  await simulation.until(async () => (await waybill.taskLog.getStatus(id)) === 'cancelled')
  expect(await waybill.taskLog.getStatus(queued)).toBe('cancelled')
  expect(undone).toEqual([id])
})

it('at most so many at once for each owner', async () => {
  let most = 0
  let running = 0
  // #region limit
  const render = defineTask({
    name: 'video.render',
    limit: { key: (_input, { owner }) => `render:${owner}`, concurrency: 2 },
    async run() {
      running += 1
      most = Math.max(most, running)
      await simulation.sleep('1s')
      running -= 1
      return Report.success('rendered')
    },
  })
  // #endregion
  const simulation = createSimulation({ tasks: [render] })
  for (let n = 0; n < 6; n += 1) await simulation.dispatcher.enqueue(render, undefined, { owner: 'ada' })
  await simulation.drain({ untilEnded: '1h' })
  expect(await simulation.taskLog.stats()).toMatchObject({ completed: 6 })
  expect(most).toBe(2)
})
