import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { TaskLogEntity } from '@waybill/core'
import type { CommandContext } from '../../command/command-context.ts'
import { CliError, UsageError } from '../../errors/cli-error.ts'
import { nearest } from '../../errors/nearest.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import type { FilterOptions, PageOptions, ViewOptions } from '../../filter/filter-inputs.ts'
import { paged } from '../../filter/task-filter.ts'
import { taskView } from '../../filter/task-view.ts'
import { formatCount, plural } from '../../output/moments.ts'
import { Progress } from '../../output/progress.ts'
import { PAYLOAD_MEMBERS, SUMMARY_MEMBERS, type TaskMember, taskJson } from '../../task/task-json.ts'

/** Options of `waybill tasks export`. */
export interface ExportOptions extends FilterOptions, PageOptions, ViewOptions {
  readonly format: 'ndjson' | 'csv' | undefined
  readonly output: string | undefined
  readonly columns: readonly string[] | undefined
}

/** Rows in memory at a time. */
const PAGE_SIZE = 500
const MEMBERS: readonly TaskMember[] = [...SUMMARY_MEMBERS, ...PAYLOAD_MEMBERS]

/** Where an export goes. */
interface Target {
  write(text: string): Promise<void>
  close(): Promise<void>
}

/** Writes all tasks that match, a page at a time, as NDJSON or CSV, to stdout or a file. */
export async function run(context: CommandContext, options: ExportOptions): Promise<ExitCode> {
  const { output, signal } = context
  const members = chosenMembers(options.columns)
  const { view, filter } = await taskView(context, options)
  const { redact } = (await context.config()).config
  const total = Math.min(await view.count(filter), options.limit ?? Number.POSITIVE_INFINITY)
  const format = await formatter(options.format ?? formatOf(options.output), members, redact)
  const target = await openTarget(context, options.output)
  const progress = new Progress(output, {
    label: 'Exporting',
    total,
    quiet: options.output === undefined && output.surroundings.terminal,
  })
  const order = { sort: options.sort ?? 'createdAt', cursor: options.cursor, limit: PAGE_SIZE }
  let done = 0
  try {
    await target.write(format([], true))
    for await (const page of view.pages(paged(filter, order))) {
      signal.throwIfAborted()
      const rows = page.items.slice(0, total - done)
      if (rows.length > 0) await target.write(format(rows, false))
      done += rows.length
      await progress.update(done)
      if (done >= total) break
    }
  } catch (error) {
    if (signal.aborted) output.talk(`${formatCount(done)} of ${plural(total, 'task')} exported`)
    throw error
  } finally {
    progress.end()
    await target.close()
  }
  if (options.output !== undefined) output.talk(`${plural(done, 'task')} exported to ${options.output}`)
  return EXIT.done
}

function chosenMembers(columns: readonly string[] | undefined): readonly TaskMember[] {
  if (columns === undefined) return MEMBERS
  return columns.map((column) => {
    const member = MEMBERS.find((candidate) => candidate === column)
    if (member !== undefined) return member
    const near = nearest(column, MEMBERS)
    throw new UsageError(
      `--columns: there is no ${JSON.stringify(column)}; ${near ? `did you mean ${near}?` : `there are ${MEMBERS.join(', ')}`}`,
    )
  })
}

function formatOf(file: string | undefined): 'ndjson' | 'csv' {
  return file?.toLowerCase().endsWith('.csv') ? 'csv' : 'ndjson'
}

type Format = (entities: readonly TaskLogEntity[], head: boolean) => string

async function formatter(
  format: 'ndjson' | 'csv',
  members: readonly TaskMember[],
  redact: readonly string[] | undefined,
): Promise<Format> {
  const { escapeControl, safeJson } = await import('../../output/escape.ts')
  const json = (entity: TaskLogEntity): Readonly<Record<string, unknown>> => taskJson(entity, members, redact)
  if (format === 'ndjson')
    return (entities) => entities.map((entity) => `${safeJson(json(entity))}\n`).join('')
  const { stringify } = await import('csv-stringify/sync')
  return (entities, header) =>
    stringify(entities.map(json), {
      header,
      columns: [...members],
      // A spreadsheet runs what begins like a formula: https://owasp.org/www-community/attacks/CSV_Injection
      escape_formulas: true,
      cast: { string: escapeControl, object: (value) => safeJson(value), boolean: String },
    })
}

async function openTarget({ output, host }: CommandContext, file: string | undefined): Promise<Target> {
  if (file === undefined)
    return { write: (text) => (text === '' ? Promise.resolve() : output.write(text)), close: async () => {} }
  try {
    // What is exported may be nobody else's business.
    const handle = await open(resolve(host.folder, file), 'w', 0o600)
    return { write: (text) => handle.writeFile(text), close: () => handle.close() }
  } catch (cause) {
    throw new CliError(`${file} cannot be written: ${(cause as Error).message}`, EXIT.failed, { cause })
  }
}
