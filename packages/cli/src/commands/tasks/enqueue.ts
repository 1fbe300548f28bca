import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { text as readAll } from 'node:stream/consumers'
import {
  type AnyTaskDefinition,
  type Duration,
  defineTask,
  type EnqueueOptions,
  type QueueDispatcher,
} from '@waybill/core'
import type { CommandContext } from '../../command/command-context.ts'
import { CliError, UsageError } from '../../errors/cli-error.ts'
import { nearest } from '../../errors/nearest.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { parseWhen } from '../../filter/parse-when.ts'
import { waitAndShow } from './wait.ts'

/** Options of `waybill tasks enqueue`. */
export interface EnqueueCommandOptions {
  readonly name: string
  readonly parameters: string | undefined
  readonly queue: string | undefined
  readonly label: string | undefined
  readonly owner: string | undefined
  readonly parent: string | undefined
  readonly delay: Duration | undefined
  readonly at: string | undefined
  readonly priority: number | undefined
  readonly attempts: number | undefined
  readonly key: string | undefined
  readonly metadata: string | undefined
  readonly unchecked: boolean
  readonly wait: boolean
  readonly timeout: Duration | undefined
}

/** Enqueues a task; prints its id. */
export async function run(context: CommandContext, options: EnqueueCommandOptions): Promise<ExitCode> {
  const { output } = context
  const parameters = await readParameters(context, options.parameters)
  const dispatcher = await context.dispatcher()
  const task = taskNamed(dispatcher, options)
  const now = options.at === undefined ? 0 : await dispatcher.taskLog.broker.now()
  const { id, queue, existing } = await dispatcher.enqueue(task, parameters, enqueueOptions(options, now))
  if (existing) output.talk(`The key ${JSON.stringify(options.key)} belongs to this task; nothing was added.`)
  if (options.wait) {
    output.talk(`Enqueued ${id} in queue ${queue}; waiting for its end.`)
    return await waitAndShow(context, dispatcher.taskLog, [id], options.timeout)
  }
  if (context.options.json) await output.json({ id, taskName: options.name, queue, existing })
  else await output.line(id)
  return EXIT.done
}

/** The task of that name; one that only workers elsewhere know is made up when that is wanted. */
function taskNamed(
  { tasks }: QueueDispatcher,
  { name, unchecked }: EnqueueCommandOptions,
): AnyTaskDefinition {
  const known = tasks.get(name)
  if (known !== undefined) return known
  const names = tasks.names()
  if (unchecked || names.length === 0) return defineTask<unknown>({ name, run: () => null })
  const near = nearest(name, names)
  const hint = near === undefined ? `There are: ${names.join(', ')}.` : `Did you mean ${near}?`
  throw new CliError(
    `There is no task ${JSON.stringify(name)} in the configuration. ${hint} For one that only workers elsewhere know, say --unchecked`,
    EXIT.notFound,
  )
}

function enqueueOptions(options: EnqueueCommandOptions, now: number): EnqueueOptions {
  const { queue, label, owner, parent, delay, at, priority, attempts, key, metadata } = options
  return {
    ...(queue === undefined ? {} : { queue }),
    ...(label === undefined ? {} : { label }),
    ...(owner === undefined ? {} : { owner }),
    ...(parent === undefined ? {} : { parent }),
    ...(delay === undefined ? {} : { delay }),
    ...(at === undefined ? {} : { runAt: parseWhen(at, now, '--at') }),
    ...(priority === undefined ? {} : { priority }),
    ...(attempts === undefined ? {} : { attempts }),
    ...(key === undefined ? {} : { idempotencyKey: key }),
    ...(metadata === undefined
      ? {}
      : { metadata: parseJson(metadata, '--metadata') as Record<string, unknown> }),
  }
}

/** JSON as it stands on the command line, in a file (`@file`), or on stdin (`-`). */
async function readParameters({ host }: CommandContext, given: string | undefined): Promise<unknown> {
  if (given === undefined) return undefined
  if (given === '-') return parseJson(await readAll(host.stdin), 'stdin')
  if (!given.startsWith('@')) return parseJson(given, 'parameters')
  const file = given.slice(1)
  try {
    return parseJson(readFileSync(resolve(host.folder, file), 'utf8'), file)
  } catch (cause) {
    if (cause instanceof UsageError) throw cause
    throw new UsageError(`${file} cannot be read: ${(cause as Error).message}`, { cause })
  }
}

function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new UsageError(`${source}: expected JSON such as '{"name":"Ada"}': ${(cause as Error).message}`, {
      cause,
    })
  }
}
