const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
const POOL = new Uint8Array(16 * 256)
let poolOffset = POOL.length
let lastMs = 0
let counter = 0

function randomBytes16(): number {
  if (poolOffset === POOL.length) {
    globalThis.crypto.getRandomValues(POOL)
    poolOffset = 0
  }
  poolOffset += 16
  return poolOffset - 16
}

function hex(offset: number): string {
  return HEX[POOL[offset] as number] as string
}

/**
 * A new task id: UUID version 7 (RFC 9562), lower case. Ids made by one process sort in the order in which
 * they were made, also within a millisecond and when the clock steps back (the 12 bits of `rand_a` count, and
 * borrow from the next millisecond when they overflow: RFC 9562, 6.2, method 1).
 *
 * @param nowMs milliseconds since the epoch; ids tell the maker's clock, no decision rests on it
 */
export function createTaskId(nowMs: number): string {
  const offset = randomBytes16()
  if (nowMs > lastMs) {
    lastMs = nowMs
    counter = (((POOL[offset] as number) << 8) | (POOL[offset + 1] as number)) & 0x7ff
  } else if (counter < 0xfff) {
    counter += 1
  } else {
    lastMs += 1
    counter = 0
  }
  const time = lastMs.toString(16).padStart(12, '0')
  const variant = HEX[((POOL[offset + 2] as number) & 0x3f) | 0x80] as string
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, '0')}-${variant}${hex(offset + 3)}-${hex(offset + 4)}${hex(offset + 5)}${hex(offset + 6)}${hex(offset + 7)}${hex(offset + 8)}${hex(offset + 9)}`
}

/** A fresh random claim token: 128 bits as 32 lower-case hex digits. */
export function createToken(): string {
  const offset = randomBytes16()
  let token = ''
  for (let index = 0; index < 16; index += 1) token += hex(offset + index)
  return token
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Whether a value is a task id as {@link createTaskId} writes them: a lower-case UUID. */
export function isTaskId(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value)
}
