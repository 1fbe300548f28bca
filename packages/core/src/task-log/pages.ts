import type { SortDirection } from './cursor.ts'
import type { FilterExpression } from './filter-expression.ts'
import type { SearchPosition, TaskLogBroker } from './task-log-broker.ts'
import { type FoundRecord, OPTIONAL_COLUMNS } from './task-log-record.ts'

/** Rows that are read, and changed, at a time. */
const PAGE_SIZE = 500

/**
 * All matching entries, by id, page after page, without their JSON. Each page begins behind the last, whatever became
 * of it, so the walk ends even where nothing can be changed.
 */
export async function* pagesById(
  broker: TaskLogBroker,
  where: FilterExpression,
  direction: SortDirection,
): AsyncGenerator<readonly FoundRecord[], void, undefined> {
  let after: SearchPosition | null = null
  for (;;) {
    const page: readonly FoundRecord[] = await broker.search({
      where,
      sort: 'id',
      direction,
      limit: PAGE_SIZE,
      offset: 0,
      after,
      omit: OPTIONAL_COLUMNS,
    })
    const last = page.at(-1)
    if (last === undefined) return
    yield page
    if (page.length < PAGE_SIZE) return
    after = { value: last.id, id: last.id }
  }
}
