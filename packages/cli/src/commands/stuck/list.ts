import { explainTask, type TaskExplanation } from '@waybill/broker-durable'
import { NotFoundError, type TaskLogEntity } from '@waybill/core'
import type { CommandContext } from '../../command/command-context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import type { Column } from '../../output/column.ts'
import { writeTable } from '../../output/table.ts'
import { TASK_COLUMNS } from '../../task/task-columns.ts'
import { SUMMARY_MEMBERS, taskJson } from '../../task/task-json.ts'
import { type StuckOptions, stuckTasks } from './stuck-tasks.ts'

/** Options of `waybill stuck list`. */
export interface StuckListOptions extends StuckOptions {
  readonly limit: number | undefined
}

/** A task that is stuck, and why. */
interface Row {
  readonly entity: TaskLogEntity
  readonly why: TaskExplanation
}

const SHOWN: readonly string[] = ['ID', 'STATUS', 'TASK', 'QUEUE']

const COLUMNS: readonly Column<Row>[] = [
  ...TASK_COLUMNS.filter(({ title }) => SHOWN.includes(title)).map(ofEntity),
  { title: 'CHANGED', value: ({ entity }) => entity.updatedAt },
  { title: 'WHY', value: ({ why }) => why.answer, shrinks: true },
]

/** Lists tasks that have not changed for long though they should, and says why each has not. */
export async function run(context: CommandContext, options: StuckListOptions): Promise<ExitCode> {
  const { output } = context
  const log = await context.taskLog()
  const filter = await stuckTasks(log, options)
  const page = await log.search(
    filter.limit(options.limit ?? 20).deselect('parameters', 'metadata', 'report'),
  )
  const rows: Row[] = []
  for (const entity of page) {
    const why = await explainTask(log.broker, entity.id).catch(goneMeanwhile)
    if (why !== null) rows.push({ entity, why })
  }
  if (context.options.json) {
    const tasks = rows.map(({ entity, why }) => ({
      ...taskJson(entity, SUMMARY_MEMBERS, undefined),
      why: { code: why.code, answer: why.answer },
    }))
    await output.json({ total: await log.count(filter), tasks })
    return EXIT.done
  }
  await writeTable(output, COLUMNS, rows)
  if (rows.length === 0) output.talk('No tasks are stuck.')
  if (page.nextCursor !== null)
    output.talk(`These are ${rows.length} of ${await log.count(filter)}; say --limit for more.`)
  return EXIT.done
}

function ofEntity(column: Column<TaskLogEntity>): Column<Row> {
  const { value, style } = column
  return {
    ...column,
    value: ({ entity }) => value(entity),
    ...(style === undefined ? {} : { style: (text, { entity }, colours) => style(text, entity, colours) }),
  } as Column<Row>
}

function goneMeanwhile(error: unknown): null {
  if (error instanceof NotFoundError) return null
  throw error
}
