import { InvalidInputError } from '../errors/errors.ts'
import { isTaskId } from '../identity/id.ts'
import { checkText } from '../validation/texts.ts'
import { COLUMN_KINDS } from './column-kinds.ts'
import type { SortColumn } from './filter-expression.ts'
import type { SearchPosition } from './task-log-broker.ts'
import type { FoundRecord } from './task-log-record.ts'

/** In which direction a search is sorted. */
export type SortDirection = 'ascending' | 'descending'

/** By what a search is sorted. */
export interface SortOrder {
  readonly sort: SortColumn
  readonly direction: SortDirection
}

/** The opaque text that says where the page after this row begins. */
export function encodeCursor({ sort, direction }: SortOrder, last: FoundRecord): string {
  return [sort, direction, last.id, encodeURIComponent(String(last[sort]))].join('~')
}

/**
 * Where a page begins.
 * @throws InvalidInputError when the text is no cursor of this order
 */
export function decodeCursor({ sort, direction }: SortOrder, cursor: unknown): SearchPosition {
  const [column, way, id, ...rest] = checkText(cursor, 'cursor', 4_096).split('~')
  if (column !== sort || way !== direction || !isTaskId(id)) {
    throw new InvalidInputError('cursor', `this is no cursor of a search sorted by ${sort}, ${direction}`)
  }
  const text = checkText(decode(rest.join('~')), 'cursor', 1_024)
  const { type } = COLUMN_KINDS[sort]
  if (type === 'text' || type === 'id') return { value: text, id }
  if (!/^-?\d{1,15}$/.test(text)) throw new InvalidInputError('cursor', 'this is no cursor')
  return { value: Number(text), id }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw new InvalidInputError('cursor', 'this is no cursor', { cause })
  }
}
