import { glob } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { TaskRegistry, type TaskType } from '@waybill/core'
import { UsageError } from '../errors/cli-error.ts'
import { importModule } from './import-module.ts'
import type { LoadedConfig } from './load-config.ts'

/**
 * The tasks of a configuration: those it lists, and those that the files it names export.
 * @throws UsageError when a pattern finds no file, or a file cannot be loaded or exports no task
 */
export async function loadTasks({ config, folder }: LoadedConfig): Promise<TaskRegistry> {
  const named: readonly (string | TaskType)[] = [config.tasks ?? []].flat()
  const registry = new TaskRegistry()
  for (const each of named) {
    const tasks = typeof each === 'string' ? await tasksOfPattern(each, folder) : [each]
    for (const task of tasks) registry.register(task)
  }
  return registry
}

async function tasksOfPattern(pattern: string, folder: string): Promise<readonly TaskType[]> {
  const files: string[] = []
  for await (const file of glob(pattern, { cwd: folder, exclude: isNoTaskFile })) {
    if (!isNoTaskFile(file)) files.push(join(folder, file))
  }
  if (files.length === 0) throw new UsageError(`tasks: no file in ${folder} matches ${pattern}`)
  const tasks = await Promise.all(files.sort().map((file) => tasksOfFile(file, relative(folder, file))))
  return tasks.flat()
}

async function tasksOfFile(file: string, name: string): Promise<readonly TaskType[]> {
  try {
    return Object.values(await importModule(file)).filter(isTask)
  } catch (cause) {
    const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)
    throw new UsageError(`tasks: ${name} cannot be loaded: ${reason}`, { cause })
  }
}

function isNoTaskFile(file: string): boolean {
  return /(^|[\\/])node_modules([\\/]|$)|\.d\.[mc]?ts$|\.(test|spec)\.[mc]?[jt]sx?$/.test(file)
}

/** What `defineTask` makes, and classes that name their tasks. */
function isTask(value: unknown): value is TaskType {
  if (typeof value === 'function') return typeof (value as { taskName?: unknown }).taskName === 'string'
  if (typeof value !== 'object' || value === null) return false
  const { name, run, backoff } = value as Readonly<Record<string, unknown>>
  return typeof name === 'string' && typeof run === 'function' && backoff !== undefined
}
