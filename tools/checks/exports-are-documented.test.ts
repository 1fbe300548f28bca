import { expect, test } from 'vitest'
import { exportsAreDocumented } from './exports-are-documented.ts'
import { manifestOf, repository } from './fixture.ts'

const check = (files: Readonly<Record<string, string>>) => {
  const sources = Object.entries(files).map(([file, text]) => [`packages/${file}`, text])
  return exportsAreDocumented(
    repository({
      'packages/core/package.json': manifestOf('core'),
      'packages/cli/package.json': manifestOf('cli'),
      ...Object.fromEntries(sources),
    }),
  )
}

const core = (text: string) => check({ 'core/src/index.ts': text })

test('what is documented is accepted, wherever it is declared', () => {
  const index = `
    export * from './task.ts'
    export { settle as finish, type Report } from './worker.ts'
  `
  const task = `
    /** What is to be done. */
    // biome-ignore lint: a comment may stand between
    export interface Task {
      /** Found in the log by it. */
      readonly id: string
      /** Starts it. */
      run(): void
    }
    const notExported = 1
    export { TaskError }
    /** Why it failed. */
    class TaskError extends Error {
      override name = 'TaskError'
      #secret = 1
      private hidden = 2
      protected inherited = 3
      constructor(readonly code: string) { super() }
      /** Whether another try may help. */
      get retryable() { return true }
      set retryable(value) {}
    }
  `
  const worker = `
    /** Ends a task. */
    export function settle(id: string): void
    export function settle(id: string, report: string): void
    export function settle() {}
    import { Report } from './report.ts'
    export { Report }
    export const unseen = 1
  `
  const report = '/** How it went. */\nexport type Report = string'
  expect(
    check({
      'core/src/index.ts': index,
      'core/src/task.ts': task,
      'core/src/worker.ts': worker,
      'core/src/report.ts': report,
    }),
  ).toEqual([])
})

test.each([
  'export const Task = 1',
  'export function Task() {}',
  'export class Task {}',
  'export interface Task {}',
  'export type Task = string',
  '// Not a docstring.\nexport type Task = string',
  '/* Nor is this. */\nexport type Task = string',
  '/** Of something else. */\nconst other = 1\nexport type Task = string',
  'type Task = string\nexport { type Task }',
])('an export without a docstring is refused: %s', (text) => {
  expect(core(text)).toMatchObject([
    { rule: 'exports-are-documented', message: 'Task has no /** docstring */' },
  ])
})

test('a name is followed through renaming and re-exports to the line that lacks the docstring', () => {
  const files = {
    'core/src/index.ts': "export * from './door.ts'",
    'core/src/door.ts':
      "import { Inner } from './inner.ts'\nexport { Inner as Outer }\nexport * as all from './inner.ts'",
    'core/src/inner.ts': "export * from './door.ts'\nexport class Inner {}",
  }
  expect(check(files)).toMatchObject([{ file: 'packages/core/src/inner.ts:2' }])
})

test('each method of an interface and each public member of a class needs its own, a plain field does not', () => {
  const text = `
    /** A task. */
    export interface Task {
      id: string
      run(): void
    }
    /** A queue. */
    export class Queue {
      static readonly limit = 1
      add(task: Task) {}
      get size() { return 0 }
    }
  `
  const names = core(text).map(({ message }) => message.split(' ')[0])
  expect(names).toEqual(['Task.run', 'Queue.limit', 'Queue.add', 'Queue.size'])
})

test('what an interface of ours promises need not be said again by the class', () => {
  const files = {
    'core/src/index.ts': "export * from './broker.ts'",
    'core/src/broker.ts': `
      /** Ends. */
      interface Closeable {
        /** Safe to call twice. */
        close(): void
      }
      /** Carries tasks. */
      export interface Broker extends Closeable {
        /** Hands tasks over. */
        push(): void
      }
    `,
    'cli/src/index.ts': `
      import type { Broker } from '@waybill/core'
      import type { Unknown } from 'elsewhere'
      /** Carries tasks in memory. */
      export class MemoryBroker implements Broker, Unknown {
        push() {}
        close() {}
        clear() {}
      }
    `,
  }
  expect(check(files)).toMatchObject([{ message: 'MemoryBroker.clear has no /** docstring */' }])
})
