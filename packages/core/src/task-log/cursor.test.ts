import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidInputError } from '../errors/errors.ts'
import { createTaskId } from '../identity/id.ts'
import { decodeCursor, encodeCursor, type SortDirection } from './cursor.ts'
import { SORT_COLUMNS } from './filter-expression.ts'
import { TaskLogFilter } from './task-log-filter.ts'
import type { FoundRecord } from './task-log-record.ts'

const ID = createTaskId(Date.now())
const ASCENDING = { sort: 'label', direction: 'ascending' } as const

function row(values: Partial<FoundRecord>): FoundRecord {
  return { id: ID, ...values } as FoundRecord
}

describe('a cursor', () => {
  it('says where the next page begins, for every sort column and value', () => {
    const label = fc.string({ unit: 'grapheme', maxLength: 255 })
    const directions = fc.constantFrom<SortDirection>('ascending', 'descending')
    const numbers: readonly string[] = ['priority', 'createdAt', 'updatedAt', 'dueAt']
    fc.assert(
      fc.property(
        fc.constantFrom(...SORT_COLUMNS),
        directions,
        label,
        fc.integer({ min: -32_768, max: 253_402_300_799_999 }),
        (sort, direction, text, number) => {
          const value = sort === 'id' ? ID : numbers.includes(sort) ? number : text
          const cursor = encodeCursor({ sort, direction }, row({ [sort]: value }))
          expect(decodeCursor({ sort, direction }, cursor)).toEqual({ value, id: ID })
          expect(cursor).toMatch(/^[\w.!~*'()%-]+$/)
        },
      ),
    )
  })

  it('of another order is refused', () => {
    const cursor = encodeCursor(ASCENDING, row({ label: 'a' }))
    expect(() => decodeCursor({ sort: 'label', direction: 'descending' }, cursor)).toThrow(InvalidInputError)
    expect(() => decodeCursor({ sort: 'queue', direction: 'ascending' }, cursor)).toThrow(InvalidInputError)
    expect(() => new TaskLogFilter().after(cursor)).toThrow(/sorted by createdAt, descending/)
    const filter = new TaskLogFilter().sortBy('label').after(cursor)
    expect(() => filter.sortBy('id').toSearch()).toThrow(InvalidInputError)
  })

  it('takes the place of an offset', () => {
    const filter = new TaskLogFilter()
      .sortBy('label')
      .offset(40)
      .after(encodeCursor(ASCENDING, row({ label: 'a' })))
    expect(filter.toSearch()).toMatchObject({ offset: 0, after: { value: 'a', id: ID } })
  })

  it.each([
    '',
    'x',
    '~~~',
    `label~ascending~${ID.toUpperCase()}~a`,
    `label~ascending~1 OR 1=1~a`,
    `label~ascending~${ID}~%`,
    `label~ascending~${ID}~%00`,
    `label~ascending~${ID}~${'a'.repeat(5_000)}`,
    null,
    undefined,
    7,
    {},
    [],
  ])('is not %j', (cursor) => {
    expect(() => decodeCursor(ASCENDING, cursor)).toThrow(InvalidInputError)
  })

  it.each(['', 'x', '1.5', 'NaN', 'Infinity', '1e400', '9007199254740993', ' '])(
    'of a number is not %j',
    (value) => {
      const order = { sort: 'priority', direction: 'ascending' } as const
      expect(() => decodeCursor(order, `priority~ascending~${ID}~${value}`)).toThrow(InvalidInputError)
    },
  )
})
