import {
  AbstractTask,
  type CategorizedStatus,
  defineTask,
  type EnqueuedTask,
  type QueueDispatcher,
  Report,
  type StandardSchemaV1,
  type TaskContext,
  type TaskDefinition,
  type TaskInput,
  type TaskLogCollection,
  type TaskLogEntity,
  TaskLogFilter,
} from '@waybill/core'
import { expectTypeOf } from 'vitest'

declare const dispatcher: QueueDispatcher
declare const entity: TaskLogEntity
declare const monthOfText: StandardSchemaV1<{ month: string }, { month: Date }>

/** Never called: what it says is held by the compiler alone. */
export async function types(): Promise<void> {
  // A task without input, one with parameters, and one whose schema turns its input into something else.
  const tick = defineTask({ name: 'tick', run: () => Report.success('tick') })
  const sum = defineTask({ name: 'sum', run: (_: { left: number; right: number }) => Report.success('sum') })
  const bill = defineTask({
    name: 'bill',
    input: monthOfText,
    queue: ({ month }) => (month === '' ? undefined : month),
    limit: { key: ({ month }, { owner }) => `${owner} ${month}`, concurrency: 1 },
    remote: {
      status: ({ month }): CategorizedStatus => (month > new Date() ? 'created' : 'completed'),
    },
    run({ month }, context) {
      expectTypeOf(month).toEqualTypeOf<Date>()
      expectTypeOf(context).toEqualTypeOf<TaskContext>()
    },
  })
  expectTypeOf(tick).toEqualTypeOf<TaskDefinition<undefined, undefined>>()
  expectTypeOf<TaskInput<typeof sum>>().toEqualTypeOf<{ left: number; right: number }>()
  expectTypeOf(bill).toEqualTypeOf<TaskDefinition<{ month: string }, { month: Date }>>()
  // @ts-expect-error categories are a closed set
  defineTask({ name: 'tick', category: 'chores', run: () => undefined })

  // What is enqueued is what the task takes: the schema's input, not its output.
  expectTypeOf(await dispatcher.enqueue(sum, { left: 1, right: 2 })).toEqualTypeOf<EnqueuedTask>()
  await dispatcher.enqueue(bill, { month: '2026-11' }, { delay: '5m', owner: 'ada' })
  await dispatcher.enqueue(tick, undefined)
  // @ts-expect-error a parameter is missing
  await dispatcher.enqueue(sum, { left: 1 })
  // @ts-expect-error the output of the schema is not its input
  await dispatcher.enqueue(bill, { month: new Date() })
  // @ts-expect-error there is no such option
  await dispatcher.enqueue(tick, undefined, { dealy: '5m' })
  await dispatcher.enqueueMany([
    { task: sum, input: { left: 1, right: 2 } },
    { task: bill, input: { month: '2026-11' } },
  ])
  await dispatcher.enqueueMany([
    { task: sum, input: { left: 1, right: 2 } },
    // @ts-expect-error each has the input of its own task
    { task: bill, input: { left: 1, right: 2 } },
  ])

  // A class carries its parameters with it.
  class ImportItems extends AbstractTask<{ file: string }> {
    static override readonly taskName = 'items.import'
    override run(context: TaskContext): Report {
      expectTypeOf(this.parameters).toEqualTypeOf<Readonly<{ file: string }>>()
      expectTypeOf(this.getParameter('file')).toEqualTypeOf<string>()
      return context.report
    }
  }
  await dispatcher.enqueue(new ImportItems({ file: 'items.csv' }))
  await dispatcher.enqueue(ImportItems, { file: 'items.csv' })
  // @ts-expect-error the parameter is a text
  await dispatcher.enqueue(ImportItems, { file: 1 })

  // What a running task can do.
  defineTask<{ files: readonly string[] }>({
    name: 'files',
    async run({ files }, context) {
      expectTypeOf(context.signal).toEqualTypeOf<AbortSignal>()
      expectTypeOf(context.metadata).toEqualTypeOf<Readonly<Record<string, unknown>> | null>()
      expectTypeOf(context.lastCheckpoint).toBeUnknown()
      context.progress(1, files.length, 'counting')
      expectTypeOf(await context.enqueueChild(sum, { left: 1, right: 2 })).toEqualTypeOf<EnqueuedTask>()
      // @ts-expect-error the child's input is wrong
      await context.enqueueChild(sum, { left: '1', right: '2' })
      // @ts-expect-error a child has its parent's owner
      await context.enqueueChild(tick, undefined, { owner: 'ada' })
      // @ts-expect-error among siblings a key says which one it is
      await context.enqueueSibling(tick, undefined, {})
    },
  })

  // Filters know each column's values, and what is null in some rows.
  const failed = new TaskLogFilter()
    .eq('status', 'failed')
    .gte('createdAt', new Date())
    .in('category', ['import', 'export'])
    .eq('parentId', null)
    .path('parameters.orderId', 'eq', 42)
    .sortBy('createdAt', 'descending')
    .limit(10)
  expectTypeOf(failed).toEqualTypeOf<TaskLogFilter>()
  // @ts-expect-error there is no such status
  new TaskLogFilter().eq('status', 'vanished')
  // @ts-expect-error there is no such column
  new TaskLogFilter().eq('colour', 'red')
  // @ts-expect-error one of the values is of another kind
  new TaskLogFilter().in('priority', [1, 'high'])
  // @ts-expect-error a column that may be null gives no order
  new TaskLogFilter().sortBy('finishedAt')
  const page = await dispatcher.taskLog.search(failed)
  expectTypeOf(page).toEqualTypeOf<TaskLogCollection>()
  expectTypeOf([...page]).toEqualTypeOf<TaskLogEntity[]>()
  expectTypeOf(entity.parentId).toEqualTypeOf<string | null>()
}
