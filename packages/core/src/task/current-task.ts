import { builtin } from '../telemetry/builtin.ts'
import type { TaskContext } from './task-context.ts'

interface Storage {
  getStore(): TaskContext | undefined
  run<Result>(store: TaskContext, callback: () => Result): Result
}

const storage = ((): Storage | null => {
  const hooks = builtin<{ AsyncLocalStorage: new () => Storage }>('node:async_hooks')
  return hooks === undefined ? null : new hooks.AsyncLocalStorage()
})()

/** The context of the task this code runs in, however deep; undefined outside of one, and on runtimes without AsyncLocalStorage. */
export function currentTask(): TaskContext | undefined {
  return storage?.getStore()
}

/** Runs a callback so that {@link currentTask} answers with the context. */
export function runAsCurrentTask<Result>(context: TaskContext, callback: () => Result): Result {
  return storage === null ? callback() : storage.run(context, callback)
}
