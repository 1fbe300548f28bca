import { TaskRegistry, type TaskType } from '@waybill/core'
import { exportsOfPattern } from './exports-of-pattern.ts'
import type { LoadedConfig } from './load-config.ts'

/**
 * The tasks of a configuration: those it lists, and those that the files it names export.
 * @throws UsageError when a pattern finds no file, or a file cannot be loaded or exports no task
 */
export async function loadTasks({ config, folder }: LoadedConfig): Promise<TaskRegistry> {
  const named: readonly (string | TaskType)[] = [config.tasks ?? []].flat()
  const registry = new TaskRegistry()
  for (const each of named) {
    const tasks = typeof each === 'string' ? await exportsOfPattern('tasks', each, folder, isTask) : [each]
    for (const task of tasks) registry.register(task)
  }
  return registry
}

/** What `defineTask` makes, and classes that name their tasks. */
function isTask(value: unknown): value is TaskType {
  if (typeof value === 'function') return typeof (value as { taskName?: unknown }).taskName === 'string'
  if (typeof value !== 'object' || value === null) return false
  const { name, run, backoff } = value as Readonly<Record<string, unknown>>
  return typeof name === 'string' && typeof run === 'function' && backoff !== undefined
}
