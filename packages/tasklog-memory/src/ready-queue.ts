import type { Row } from './store.ts'

function before(left: Row, right: Row): boolean {
  return left.priority === right.priority ? left.seq < right.seq : left.priority < right.priority
}

/** The ready rows of a queue as a binary heap: smallest priority first, then oldest. Rows that left are dropped late. */
export class ReadyQueue {
  readonly #heap: Row[] = []

  push(row: Row): void {
    const heap = this.#heap
    row.listed = true
    let index = heap.length
    heap.push(row)
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!before(row, heap[parent] as Row)) break
      heap[index] = heap[parent] as Row
      index = parent
    }
    heap[index] = row
  }

  /** The next row that is still ready, taken out of the heap. */
  take(): Row | undefined {
    for (let row = this.#pop(); row !== undefined; row = this.#pop()) {
      row.listed = false
      if (row.status === 'enqueued' && row.hold === null) return row
    }
    return undefined
  }

  #pop(): Row | undefined {
    const heap = this.#heap
    const top = heap[0]
    const last = heap.pop()
    if (top === undefined || last === undefined || heap.length === 0) return top
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1] as Row, heap[child] as Row)) child += 1
      if (!before(heap[child] as Row, last)) break
      heap[index] = heap[child] as Row
      index = child
    }
    heap[index] = last
    return top
  }
}
