let lastMs = 0
let counter = 0

/**
 * A new task id: UUID version 7 (RFC 9562), lower case. Ids made by one process sort in the order in which
 * they were made, also within a millisecond and when the clock steps back (the 12 bits of `rand_a` count, and
 * borrow from the next millisecond when they overflow: RFC 9562, 6.2, method 1).
 *
 * @param nowMs milliseconds since the epoch; ids tell the maker's clock, no decision rests on it
 */
export function createTaskId(nowMs: number): string {
  const random = globalThis.crypto.randomUUID()
  if (nowMs > lastMs) {
    lastMs = nowMs
    counter = Number.parseInt(random.slice(0, 3), 16) & 0x7ff
  } else if (counter < 0xfff) {
    counter += 1
  } else {
    lastMs += 1
    counter = 0
  }
  const time = lastMs.toString(16).padStart(12, '0')
  const count = counter.toString(16).padStart(3, '0')
  // The second half of a version 4 has the same shape: the variant and 62 random bits.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${count}-${random.slice(19)}`
}

/** A fresh random claim token: 122 random bits as 32 lower-case hex digits. */
export function createToken(): string {
  return globalThis.crypto.randomUUID().replaceAll('-', '')
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Whether a value is a task id as {@link createTaskId} writes them: a lower-case UUID. */
export function isTaskId(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value)
}
