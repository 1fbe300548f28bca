import { setTimeout as sleep } from 'node:timers/promises'
import { type Duration, durationMs, isEnded, type TaskLogEntity } from '@waybill/core'
import type { CommandContext } from '../../command/command-context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import type { FilterOptions, ViewOptions } from '../../filter/filter-inputs.ts'
import { taskView } from '../../filter/task-view.ts'
import { escapeControl } from '../../output/escape.ts'
import type { Output } from '../../output/output.ts'
import { cutOff } from '../../output/table.ts'
import { ChangeFeed } from '../../task/change-feed.ts'
import { progressText } from '../../task/progress-text.ts'
import { colourStatus } from '../../task/task-columns.ts'
import { PAYLOAD_MEMBERS, SUMMARY_MEMBERS, taskJson } from '../../task/task-json.ts'

/** Options of `waybill tasks tail`. */
export interface TailOptions extends FilterOptions, ViewOptions {
  readonly last: number | undefined
  readonly interval: Duration | undefined
  readonly for: Duration | undefined
  readonly ndjson: boolean
}

/** Below this an id and a label have no room in one line. */
const NARROW = 90

/** Prints tasks as they change, until it is interrupted or its time is over. */
export async function run(context: CommandContext, options: TailOptions): Promise<ExitCode> {
  const { view, filter } = await taskView(context, options)
  const { broker } = await context.taskLog()
  const { redact } = (await context.config()).config
  const print = async (entity: TaskLogEntity): Promise<void> => {
    if (!options.ndjson && !context.options.json) return await printLine(context.output, entity)
    await context.output.ndjson(taskJson(entity, [...SUMMARY_MEMBERS, ...PAYLOAD_MEMBERS], redact))
  }
  const start = await broker.now()
  const last = options.last ?? 10
  const before = filter.lt('updatedAt', start).sortBy('updatedAt', 'descending').limit(last)
  for (const entity of (await view.search(before)).items.toReversed()) await print(entity)
  const feed = new ChangeFeed(view, filter, start)
  const intervalMs = durationMs(options.interval ?? '500ms', '--interval')
  const until = options.for === undefined ? null : performance.now() + durationMs(options.for, '--for')
  for (;;) {
    for await (const entity of feed.poll()) await print(entity)
    context.signal.throwIfAborted()
    if (until !== null && performance.now() >= until) return EXIT.done
    await sleep(intervalMs, undefined, { signal: context.signal })
  }
}

async function printLine(output: Output, entity: TaskLogEntity): Promise<void> {
  const { id, status, taskName, label, updatedAt } = entity
  const { terminal, width } = output.surroundings
  const name = label === undefined || label === taskName ? taskName : `${taskName} ${label}`
  const more = isEnded(status) ? (entity.report?.message ?? '') : progressText(entity)
  if (!terminal) {
    const fields = [updatedAt?.toISOString() ?? '', status, id, taskName, label ?? '', more]
    return await output.line(fields.map(escapeControl).join('\t'))
  }
  const { colours } = output
  const time = updatedAt?.toTimeString().slice(0, 8) ?? ''
  const statusCell = colourStatus(status.padEnd(13), status, colours)
  const text = escapeControl(more === '' ? name : `${name} · ${more}`)
  if (width >= NARROW) {
    const rest = cutOff(text, width - time.length - id.length - 17)
    return await output.line(`${colours.dim(time)} ${statusCell} ${id} ${rest}`)
  }
  await output.line(`${colours.dim(time)} ${statusCell}\n  ${id}\n  ${cutOff(text, width - 2)}`)
}
