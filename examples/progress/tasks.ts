import { setTimeout as sleep } from 'node:timers/promises'
import { defineTask, Report } from '@waybill/core'

/** An export that takes its time and says how far it is. */
export const exportItems = defineTask<{ items: number }>({
  name: 'items.export',
  category: 'export',
  label: ({ items }) => `Export ${items} items`,
  async run({ items }, { progress, signal }) {
    for (let done = 0; done < items; done += 1) {
      progress(done, items, 'writing')
      await sleep(20, undefined, { signal }) // ends when the task is cancelled
    }
    return Report.success(`${items} items exported`, { file: '/downloads/items.zip' })
  },
})
