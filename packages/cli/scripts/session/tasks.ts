import { setTimeout as sleep } from 'node:timers/promises'
import { defineTask, Report, type TaskDefinition } from '@waybill/core'

interface Input {
  readonly file: string
}

/** The task of the recorded session. */
export const importItems: TaskDefinition<Input, Input> = defineTask<Input>({
  name: 'items.import',
  category: 'import',
  async run({ file }, context) {
    for (let read = 300; read <= 1_200; read += 300) {
      context.progress(read, 1_200, 'rows read')
      await sleep(1_500)
    }
    return Report.success('1,198 of 1,200 items imported', { file }).add(
      Report.info('1,190 items were new'),
      Report.warning('2 rows were left out').add(
        Report.warning('row 17: the price is missing'),
        Report.warning('row 803: there is no such currency', { currency: 'EUT' }),
      ),
    )
  },
})
