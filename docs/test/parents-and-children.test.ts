import { defineTask, Report, TaskLogFilter } from '@waybill/core'
import { expect, it } from 'vitest'
import { inMemory } from './in-memory.ts'

const mail = defineTask<{ to: string }>({
  name: 'mail.send',
  run: ({ to }) => (to === 'nobody' ? Report.error('unknown') : Report.success(`Sent to ${to}`)),
})

it('step after step beneath one parent', async () => {
  // #region steps
  const publish = defineTask({ name: 'shop.publish', run: () => Report.success('Published') })
  const load = defineTask<{ file: string }>({
    name: 'shop.load',
    async run({ file }, { enqueueSibling }) {
      // The parent waits for this one too. Under its key it is added once, however often this step runs.
      await enqueueSibling(publish, undefined, { key: 'publish' })
      return Report.success(`${file} loaded`)
    },
  })
  const shop = defineTask<{ file: string }>({
    name: 'shop.import',
    async run({ file }, { enqueueChild }) {
      await enqueueChild(load, { file })
      return Report.success('Under way')
    },
  })
  // #endregion
  const { waybill, drain } = inMemory(shop, load, publish)
  const { id } = await waybill.enqueue(shop, { file: 'shop.csv' })
  await drain()
  const family = await waybill.taskLog.search(new TaskLogFilter().eq('parentId', id).sortBy('taskName'))
  expect(family.items.map(({ taskName }) => taskName)).toEqual(['shop.load', 'shop.publish'])
  expect(await waybill.taskLog.getStatus(id)).toBe('completed')
})

it('children added from outside, and a parent that does not care', async () => {
  const round = defineTask({ name: 'mail.round', run: () => Report.success('All are on their way') })
  const { waybill, drain } = inMemory(mail, round)
  // #region outside
  const parent = await waybill.enqueue(round, undefined, { owner: 'ada', masterStatus: true })
  await waybill.enqueue(mail, { to: 'bob' }, { parent }) // has the parent's owner
  await waybill.enqueue(mail, { to: 'nobody' }, { parent })
  // #endregion
  await drain()
  expect(await waybill.taskLog.getStatus(parent)).toBe('completed')
  expect(await waybill.taskLog.forUser('ada').stats()).toMatchObject({ completed: 2, failed: 1 })
})
