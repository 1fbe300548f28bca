import { durationMs } from '@waybill/core'
import * as z from 'zod/mini'
import { UsageError } from '../errors/cli-error.ts'
import { nearest } from '../errors/nearest.ts'
import type { WaybillConfig } from './config.ts'

const word = (expected: string): z.ZodMiniString =>
  z.string({ error: expected }).check(z.minLength(1, { error: expected }))
const count = (expected: string): z.ZodMiniNumber =>
  z.int({ error: expected }).check(z.minimum(1, { error: expected }), z.maximum(10_000, { error: expected }))

function isTask(value: unknown): boolean {
  if (typeof value === 'function') return 'taskName' in value
  return typeof value === 'object' && value !== null && 'name' in value && 'run' in value
}

function isDuration(value: unknown): boolean {
  try {
    return durationMs(value as number, '') >= 0
  } catch {
    return false
  }
}

const task = z.custom(isTask, { error: 'a task made by defineTask, or a class that extends AbstractTask' })
const taskOrPattern = z.union([word('a pattern'), task], {
  error: 'a pattern, a task made by defineTask, or a class that extends AbstractTask',
})
const isMigration = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'source' in value && 'process' in value
const migration = z.custom(isMigration, { error: 'a migration made by defineMigration' })
const migrationOrPattern = z.union([word('a pattern'), migration], {
  error: 'a pattern, or a migration made by defineMigration',
})
const isLog = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'specificationVersion' in value
const isSelector = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'order' in value && 'waitMs' in value
const isFunction = (value: unknown): boolean => typeof value === 'function'

const queue = z.union(
  [
    word('a queue name'),
    z.strictObject({
      name: word('a queue name'),
      weight: z.optional(
        z.number({ error: 'a number, 0 or more' }).check(z.minimum(0, { error: 'a number, 0 or more' })),
      ),
      concurrency: z.optional(count('a whole number from 1 to 10,000')),
    }),
  ],
  { error: 'a queue name, or { name, weight?, concurrency? }' },
)

const schema = z.strictObject({
  log: z.optional(
    z.custom((value) => isLog(value) || isFunction(value), {
      error: 'a task log, for example createSqliteTaskLog({ file }), or a function that opens one',
    }),
  ),
  url: z.optional(word('a URL such as sqlite:waybill.db, postgres://… or mysql://…')),
  tasks: z.optional(
    z.union([word('a pattern'), z.array(taskOrPattern)], {
      error: 'a list of tasks, or patterns of files that export them, such as ./tasks/*.ts',
    }),
  ),
  migrations: z.optional(
    z.union([word('a pattern'), z.array(migrationOrPattern)], {
      error: 'a list of migrations, or patterns of files that export them, such as ./migrations/*.ts',
    }),
  ),
  queues: z.optional(
    z.array(queue, { error: 'a list of queues' }).check(z.minLength(1, { error: 'at least one queue' })),
  ),
  defaultQueue: z.optional(word('a queue name')),
  associations: z.optional(
    z.record(z.string(), word('a queue name'), { error: 'an object with a queue name for each task name' }),
  ),
  selector: z.optional(
    z.custom((value) => value === 'weight' || value === 'strict' || isSelector(value), {
      error: 'weight, strict or a TaskSelector',
    }),
  ),
  owner: z.optional(word('a text')),
  worker: z.optional(
    z.strictObject(
      {
        concurrency: z.optional(count('a whole number from 1 to 10,000')),
        grace: z.optional(z.custom(isDuration, { error: "milliseconds or a duration like '30s'" })),
        around: z.optional(
          z.array(z.custom(isFunction, { error: 'a function' }), { error: 'a list of functions' }),
        ),
      },
      { error: 'an object' },
    ),
  ),
  redact: z.optional(z.array(word('a member name'), { error: 'a list of member names' })),
})

const SETTINGS = Object.keys(schema.shape)

/**
 * Checks what a configuration exports.
 * @throws UsageError naming the file, the path, the value's type and what was expected
 */
export function checkConfig(value: unknown, file: string): WaybillConfig {
  const result = schema.safeParse(value)
  if (result.success) {
    // zod answers a copy without methods of classes; what was checked is handed on as it is.
    return value as WaybillConfig
  }
  throw new UsageError(
    `${file}: ${result.error.issues.map((issue) => describe(deepest(issue), value)).join('; ')}`,
  )
}

type Issue = z.core.$ZodIssue

/** Of the ways in which a union did not match, the one that got furthest. */
function deepest(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue
  const inner = issue.errors.flat().map(deepest)
  const furthest = inner.toSorted((a, b) => b.path.length - a.path.length)[0]
  if (furthest === undefined || furthest.path.length === 0) return issue
  return { ...furthest, path: [...issue.path, ...furthest.path] }
}

function describe(issue: Issue, value: unknown): string {
  const path = pathText(issue.path)
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownSetting(path, key)).join('; ')
  if (path === '') return `expected the default export to be an object, got ${typeName(value)}`
  return `${path}: expected ${issue.message}, got ${typeName(at(value, issue.path))}`
}

function unknownSetting(path: string, key: string): string {
  const near = path === '' ? nearest(key, SETTINGS) : undefined
  return `${path === '' ? key : `${path}.${key}`}: there is no such setting${near ? `; did you mean ${near}?` : ''}`
}

function pathText(path: Issue['path']): string {
  return path.reduce<string>(
    (text, step) =>
      typeof step === 'number' ? `${text}[${step}]` : text === '' ? String(step) : `${text}.${String(step)}`,
    '',
  )
}

function at(value: unknown, path: Issue['path']): unknown {
  return path.reduce<unknown>((inner, step) => (inner as Record<PropertyKey, unknown>)[step], value)
}

/** The value's type; never the value, which may be a secret. */
function typeName(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (value === '') return 'an empty text'
  if (typeof value === 'string') return 'a text'
  if (typeof value === 'number') return `the number ${value}`
  if (typeof value === 'undefined') return 'nothing'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
