import { isDeepStrictEqual } from 'node:util'
import { expect } from 'vitest'
import { claimRule, rule, type TaskLogRule } from './task-log-rule.ts'
import type { TaskLogTrial } from './trial.ts'

const TEXTS: readonly (readonly [what: string, text: string])[] = [
  ['an empty text', ''],
  ['spaces around it', '  both ends  '],
  ['line breaks and tabs', 'a\nb\r\nc\td'],
  ['quotes and backslashes', `it's "quoted" \\ back\\slash \\n`],
  ['accents, composed and not', '\u00e9 e\u0301'],
  [
    'many scripts',
    '\u65e5\u672c\u8a9e \u0420\u0443\u0441 \u0627\u0644\u0639 \u05e2\u05d1\u05e8 \u0e44\u0e17\u0e22',
  ],
  ['emoji of several code points', '\u{1f469}\u200d\u{1f680}\u{1f3f3}\ufe0f\u200d\u{1f308}\u{1f4e6}'],
  ['right-to-left marks', '\u202eabc\u202c \u200f'],
  ['line separators', '\u2028\u2029'],
  ['control characters', '\u0001\u001f\u007f\u0085\u009f'],
  ['the end of the basic plane', '\ufffd\ufffe\uffff'],
  ['the last code point', '\u{10ffff}'],
  ['what looks like markup', `<img src=x onerror=alert(1)></script>&lt;`],
  ['what looks like a statement', `'; DROP TABLE tasks; -- \${x} $1 ? %s :name`],
  ['what looks like an escape', '\\u0000 \\x00 %00 &#0;'],
]

async function roundTrip(trial: TaskLogTrial, value: unknown): Promise<unknown> {
  return JSON.parse((await trial.get(await trial.add({ parameters: JSON.stringify(value) }))).parameters)
}

function nested(depth: number): unknown {
  return depth === 1 ? [] : depth % 2 === 0 ? { a: nested(depth - 1) } : [nested(depth - 1)]
}

/** What goes in comes out. */
export const dataRules: readonly TaskLogRule[] = [
  ...TEXTS.map(([what, text], index) =>
    rule(
      `data-${String(index + 1).padStart(3, '0')}`,
      `text comes back as it was: ${what}`,
      async (trial) => {
        const given = {
          label: text,
          owner: `owner ${text}`,
          idempotencyKey: `key ${text}`,
          limitKey: `limit ${text}`,
        }
        const id = await trial.add({ ...given, limitMax: 1, parameters: JSON.stringify({ [text]: text }) })
        const { parameters, ...record } = await trial.get(id)
        expect(record).toMatchObject(given)
        expect(JSON.parse(parameters)).toEqual({ [text]: text })
      },
    ),
  ),

  rule('data-016', 'parameters of a megabyte come back as they were', async (trial) => {
    const text = '\u00e9\u{1f4e6}ab'.repeat(131_071)
    expect(Buffer.byteLength(JSON.stringify(text))).toBeGreaterThan(1_048_000)
    expect((await roundTrip(trial, text)) === text).toBe(true)
  }),

  claimRule('data-017', 'a report of a megabyte comes back as it was', async (trial) => {
    const text = `"${'x'.repeat(1_048_574)}"`
    const id = await trial.add()
    await (await trial.worker()).run(id, 'completed', { report: text })
    const { report } = await trial.get(id)
    expect(report === text).toBe(true)
  }),

  rule('data-018', 'JSON of 64 levels comes back as it was', async (trial) => {
    expect(await roundTrip(trial, nested(64))).toEqual(nested(64))
  }),

  rule('data-019', 'JSON of ten thousand members comes back as it was', async (trial) => {
    const value = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`member ${index}`, index]))
    expect(isDeepStrictEqual(await roundTrip(trial, value), value)).toBe(true)
  }),

  rule('data-020', 'numbers come back to their last digit', async (trial) => {
    const numbers = [
      ...[0, 1, -1, 9_007_199_254_740_991, -9_007_199_254_740_991, 2_147_483_648, 4_294_967_296],
      ...[0.1, 0.1 + 0.2, 1 / 3, Math.PI, 1e-7, 5e-324, 2.2250738585072014e-308, 123456.789e-3, 1e15],
    ]
    expect(await roundTrip(trial, numbers)).toEqual(numbers)
  }),

  rule('data-021', 'a large number that was encoded as text stays text', async (trial) => {
    const value = { id: '9007199254740993', amount: '1e400' }
    expect(await roundTrip(trial, value)).toEqual(value)
  }),

  rule('data-022', 'JSON keeps null, booleans, empty texts, lists and objects apart', async (trial) => {
    for (const value of [null, true, false, '', 0, [], {}, [null], [[]], [{}], { '': '' }]) {
      expect(await roundTrip(trial, value)).toEqual(value)
    }
  }),

  rule('data-023', 'lists keep their order', async (trial) => {
    const value = [3, 1, 2, 'b', 'a', [2, 1]]
    expect(await roundTrip(trial, value)).toEqual(value)
  }),

  rule('data-024', 'JSON text that has escapes means the same', async (trial) => {
    const id = await trial.add({ parameters: '{"a":"\\u00e9\\ud83d\\udce6\\n\\/\\"\\\\"}' })
    expect(JSON.parse((await trial.get(id)).parameters)).toEqual({ a: '\u00e9\u{1f4e6}\n/"\\' })
  }),

  rule(
    'data-025',
    'a label of 255 characters comes back as it was, also outside the basic plane',
    async (trial) => {
      for (const label of [
        'x'.repeat(255),
        '\u00e9'.repeat(255),
        '\u65e5'.repeat(255),
        '\u{1f4e6}'.repeat(127),
      ]) {
        expect(await trial.get(await trial.add({ label }))).toMatchObject({ label })
      }
    },
  ),

  rule(
    'data-026',
    'owners, task names and queues of 255 characters are told apart by the last',
    async (trial) => {
      const long = 'x'.repeat(254)
      const [first, second] = await trial.addAll([{ owner: `${long}a` }, { owner: `${long}b` }])
      expect([(await trial.get(first)).owner, (await trial.get(second)).owner]).toEqual([
        `${long}a`,
        `${long}b`,
      ])
    },
  ),

  rule('data-027', 'instants come back to the millisecond', async (trial) => {
    const instants = [1, 999, 1_000_000_000_001, 1_782_864_000_999, 1_798_761_599_999, 4_102_444_800_001]
    for (const dueAt of instants) expect(await trial.get(await trial.add({ dueAt }))).toMatchObject({ dueAt })
  }),

  rule(
    'data-028',
    'instants around a change to or from summer time come back to the millisecond',
    async (trial) => {
      const hour = 3_600_000
      for (const change of [Date.UTC(2026, 2, 29, 1), Date.UTC(2026, 9, 25, 1), Date.UTC(2026, 10, 1, 6)]) {
        for (const dueAt of [change - hour, change - 1, change, change + hour / 2, change + hour]) {
          expect(await trial.get(await trial.add({ dueAt }))).toMatchObject({ dueAt })
        }
      }
    },
  ),

  rule('data-029', 'the last instant of the year 9999 comes back as it was', async (trial) => {
    const dueAt = Date.UTC(9999, 11, 31, 23, 59, 59, 999)
    expect(await trial.get(await trial.add({ dueAt }))).toMatchObject({ dueAt, hold: 'due' })
  }),

  rule('data-030', 'the smallest and the largest priority come back as they were', async (trial) => {
    for (const priority of [-32_768, -1, 0, 1, 32_767]) {
      expect(await trial.get(await trial.add({ priority }))).toMatchObject({ priority })
    }
  }),

  rule('data-031', 'booleans are booleans and numbers are numbers', async (trial) => {
    const record = await trial.get(await trial.add({ masterStatus: true }))
    expect(record.masterStatus).toBe(true)
    expect(record.cancelRequested).toBe(false)
    expect(record.hasChildren).toBe(false)
    for (const value of [record.createdAt, record.updatedAt, record.dueAt, record.attempt, record.priority]) {
      expect(Number.isSafeInteger(value)).toBe(true)
    }
  }),

  claimRule('data-032', 'a claim hands out parameters as they were added', async (trial) => {
    const value = { text: '\u{1f4e6}\u00e9\u2028', number: 0.1, list: [null, true], empty: {} }
    const id = await trial.add({ parameters: JSON.stringify(value) })
    const { parameters } = await (await trial.worker()).take(id)
    expect(JSON.parse(parameters)).toEqual(value)
  }),

  rule('data-033', 'members that are called like parts of an object are members', async (trial) => {
    const value = JSON.parse('{"toString":1,"hasOwnProperty":2,"length":3,"then":4}')
    expect(await roundTrip(trial, value)).toEqual(value)
    expect(await trial.get(await trial.add({ taskName: 'constructor', label: '__proto__' }))).toMatchObject({
      taskName: 'constructor',
      label: '__proto__',
    })
  }),

  rule('data-034', 'the clock of the log tells whole milliseconds and never steps back', async (trial) => {
    let before = await trial.log.now()
    expect(Math.abs(before - Date.now())).toBeLessThan(86_400_000)
    for (let turn = 0; turn < 20; turn += 1) {
      const now = await trial.log.now()
      expect(Number.isSafeInteger(now)).toBe(true)
      expect(now).toBeGreaterThanOrEqual(before)
      before = now
    }
  }),

  rule('data-035', 'two logs on one storage tell the same time', async (trial) => {
    const other = await trial.open()
    const before = await trial.log.now()
    const between = await other.now()
    const after = await trial.log.now()
    expect(between).toBeGreaterThanOrEqual(before)
    expect(after).toBeGreaterThanOrEqual(between)
  }),
]
