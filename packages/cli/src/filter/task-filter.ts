import {
  categorizeStatus,
  InvalidInputError,
  SORT_COLUMNS,
  type SortColumn,
  statusesIn,
  TASK_CATEGORIES,
  TASK_STATUSES,
  type TaskCategory,
  TaskLogFilter,
  type TaskStatus,
} from '@waybill/core'
import { nearest } from '../errors/nearest.ts'
import { FILTER_INPUTS, type FilterOptions, type PageOptions } from './filter-inputs.ts'
import { parseCondition, toPattern } from './parse-condition.ts'
import { parseWhen } from './parse-when.ts'

/**
 * The filter that the flags describe.
 *
 * @param now what `2h ago` is counted from: the log's clock
 * @throws InvalidInputError naming the flag
 */
export function taskFilter(options: FilterOptions, now: number): TaskLogFilter {
  let filter = new TaskLogFilter()
  if (options.name !== undefined) filter = filter.and(namesLike(options.name))
  if (options.queue !== undefined) filter = filter.in('queue', options.queue)
  if (options.status !== undefined) filter = filter.in('status', options.status.flatMap(toStatuses))
  if (options.category !== undefined) filter = filter.in('category', options.category.map(toCategory))
  if (options.owner !== undefined) filter = filter.in('owner', options.owner)
  if (options.label !== undefined) filter = filter.like('label', containing(options.label))
  if (options.parent === 'none') filter = filter.eq('parentId', null)
  else if (options.parent !== undefined) filter = filter.eq('parentId', options.parent)
  if (options.since !== undefined) filter = filter.gte('createdAt', parseWhen(options.since, now, '--since'))
  if (options.until !== undefined) filter = filter.lte('createdAt', parseWhen(options.until, now, '--until'))
  return filter.and(...options.where.map((condition) => parseCondition(condition, now)))
}

/** Whether the flags choose anything at all. */
export function choosesSome(options: FilterOptions): boolean {
  const names = Object.keys(FILTER_INPUTS) as (keyof FilterOptions)[]
  return names.some((name) => options[name] !== undefined && options[name]?.length !== 0)
}

/** Order and page that the flags describe; the newest first unless they say otherwise. */
export function paged(filter: TaskLogFilter, { sort, limit, cursor }: PageOptions): TaskLogFilter {
  let page = filter.limit(limit ?? 20)
  if (sort !== undefined)
    page = page.sortBy(toSortColumn(sort), sort.startsWith('-') ? 'descending' : 'ascending')
  return cursor === undefined ? page : page.after(cursor)
}

function namesLike(names: readonly string[]): TaskLogFilter {
  const exact = names.filter((name) => !name.includes('*'))
  const patterns = names.filter((name) => name.includes('*'))
  return TaskLogFilter.anyOf(
    new TaskLogFilter().in('taskName', exact),
    ...patterns.map((name) => new TaskLogFilter().like('taskName', toPattern(name))),
  )
}

function containing(text: string): string {
  return text.includes('*') ? toPattern(text) : `%${toPattern(text)}%`
}

function toStatuses(word: string): readonly TaskStatus[] {
  const status = TASK_STATUSES.find((candidate) => candidate === word)
  if (status !== undefined) return [status]
  const category = TASK_STATUSES.map(categorizeStatus).find((candidate) => candidate === word)
  if (category !== undefined) return statusesIn(category)
  throw unknownWord('--status', word, [...TASK_STATUSES, 'created', 'in_progress'])
}

function toCategory(word: string): TaskCategory {
  const category = TASK_CATEGORIES.find((candidate) => candidate === word)
  if (category !== undefined) return category
  throw unknownWord('--category', word, TASK_CATEGORIES)
}

function toSortColumn(sort: string): SortColumn {
  const name = sort.replace(/^-/, '')
  const column = SORT_COLUMNS.find((candidate) => candidate === name)
  if (column !== undefined) return column
  throw unknownWord('--sort', name, SORT_COLUMNS)
}

function unknownWord(flag: string, word: string, words: readonly string[]): InvalidInputError {
  const near = nearest(word, words)
  const hint = near === undefined ? '' : `; did you mean ${near}?`
  return new InvalidInputError(
    flag,
    `expected one of ${words.join(', ')}, got ${JSON.stringify(word)}${hint}`,
  )
}
