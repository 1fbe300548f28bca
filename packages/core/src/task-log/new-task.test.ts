import { describe, expect, it } from 'vitest'
import { InvalidInputError } from '../errors/errors.ts'
import { createTaskId, isTaskId } from '../identity/id.ts'
import { MAX_JSON_BYTES } from '../json/encode.ts'
import { type NewTask, newTaskRecord } from './new-task.ts'

const NOW = Date.now()
const TASK: NewTask = { taskName: 'billing.report', owner: 'ada' }
const ID = createTaskId(NOW)

describe('a new entry', () => {
  it('has every default', () => {
    const { id, ...rest } = newTaskRecord(TASK, NOW)
    expect(isTaskId(id)).toBe(true)
    expect(rest).toEqual({
      parentId: null,
      parentToken: null,
      taskName: 'billing.report',
      queue: 'default',
      parameters: 'null',
      label: 'billing.report',
      owner: 'ada',
      category: 'unknown',
      metadata: null,
      masterStatus: false,
      priority: 0,
      idempotencyKey: null,
      fingerprint: null,
      limitKey: null,
      limitMax: null,
      maxAttempts: 3,
      delayMs: 0,
      dueAt: null,
    })
  })

  it('has what it was given', () => {
    const given = {
      id: ID,
      parentId: ID,
      parentToken: 'ff',
      queue: 'exports',
      label: '',
      category: 'export',
      masterStatus: true,
      priority: -32_768,
      idempotencyKey: 'once',
      limitKey: 'ada',
      limitMax: 2,
    } as const
    const runAt = new Date('2027-01-01T00:00:00Z')
    const rest = { parameters: { i: 1 }, metadata: { a: [1] }, attempts: 32_767, runAt }
    const record = newTaskRecord({ ...TASK, ...given, ...rest }, NOW)
    const stored = {
      parameters: '{"i":1}',
      metadata: '{"a":[1]}',
      maxAttempts: 32_767,
      dueAt: runAt.getTime(),
    }
    expect(record).toMatchObject({ ...given, ...stored })
    expect(record.fingerprint).toMatch(/^[0-9a-f]{28}$/)
    expect(newTaskRecord({ ...TASK, delay: '5m' }, NOW).delayMs).toBe(300_000)
  })

  it.each<[string, unknown]>([
    ['taskName', undefined],
    ['taskName', '__proto__'],
    ['taskName', 'a'.repeat(10_000)],
    ['taskName', ['Class', 'method']],
    ['taskName', '../../x'],
    ['taskName', 'data:text/javascript,alert(1)'],
    ['owner', undefined],
    ['owner', ''],
    ['owner', 'a\n'],
    ['id', 'x'],
    ['id', ID.toUpperCase()],
    ['parentId', 7],
    ['parentToken', {}],
    ['queue', 'public"; drop'],
    ['label', 'x'.repeat(256)],
    ['label', 'a\0'],
    ['label', 7],
    ['category', 'work'],
    ['metadata', []],
    ['metadata', 'text'],
    ['masterStatus', 1],
    ['priority', 40_000],
    ['priority', '1'],
    ['priority', Number.NaN],
    ['idempotencyKey', ''],
    ['idempotencyKey', 'x'.repeat(191)],
    ['attempts', 0],
    ['attempts', Number.POSITIVE_INFINITY],
    ['delay', '5 weeks'],
    ['delay', -1],
    ['runAt', new Date(Number.NaN)],
    ['runAt', 'tomorrow'],
    ['limitMax', 5],
  ])('U13: with %s %o is one typed error that names it', (member, value) => {
    const task = { ...TASK, [member]: value }
    expect(() => newTaskRecord(task, NOW)).toThrow(InvalidInputError)
    expect(() => newTaskRecord(task, NOW)).toThrow(new RegExp(`^${member}: `))
  })

  it('has a limit key and its maximum, or neither', () => {
    expect(() => newTaskRecord({ ...TASK, limitKey: 'ada' }, NOW)).toThrow(/^limitMax: /)
    expect(() => newTaskRecord({ ...TASK, limitKey: 'ada', limitMax: 0 }, NOW)).toThrow(/^limitMax: /)
  })

  it('is due after a delay or at an instant, not both', () => {
    expect(() => newTaskRecord({ ...TASK, delay: 1, runAt: new Date() }, NOW)).toThrow(/^runAt: /)
  })

  it('names the exact path of what cannot be stored', () => {
    expect(() => newTaskRecord({ ...TASK, parameters: { rows: [{ at: new Date() }] } }, NOW)).toThrow(
      /^parameters\.rows\[0\]\.at: /,
    )
    expect(() => newTaskRecord({ ...TASK, metadata: { n: 1n } }, NOW)).toThrow(/^metadata\.n: /)
    expect(() => newTaskRecord({ ...TASK, parameters: 'x'.repeat(MAX_JSON_BYTES) }, NOW)).toThrow(
      expect.objectContaining({ path: 'parameters', code: 'payload_too_large' }),
    )
  })

  it.each([null, undefined, 'billing.report', 7, []])('is not %j', (task) => {
    expect(() => newTaskRecord(task as never, NOW)).toThrow(InvalidInputError)
  })
})
