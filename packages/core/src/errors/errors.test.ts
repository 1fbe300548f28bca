import { describe, expect, it } from 'vitest'
import {
  IdempotencyConflictError,
  InvalidInputError,
  NotFoundError,
  NotSupportedError,
  type ParentRefusal,
  ParentRefusedError,
  StoreError,
  TaskAbortedError,
} from './errors.ts'
import { WaybillError } from './waybill-error.ts'

describe('an error', () => {
  const cause = new Error('underneath')
  const refusals: ParentRefusal[] = ['parent_missing', 'parent_ended', 'parent_lost', 'parent_foreign']
  const errors = [
    [
      new InvalidInputError('a.b[0]', 'expected a text', { cause }),
      'invalid_input',
      'a.b[0]: expected a text',
    ],
    [
      new InvalidInputError('p', 'too large', { code: 'payload_too_large' }),
      'payload_too_large',
      'p: too large',
    ],
    [new NotFoundError('task', 'x"y'), 'not_found', 'There is no task "x\\"y".'],
    [new NotFoundError('queue', 'q', 'Add it.'), 'not_found', 'There is no queue "q". Add it.'],
    [new IdempotencyConflictError('k', 'id'), 'idempotency_conflict', 'belongs to task id'],
    ...refusals.map(
      (refusal) => [new ParentRefusedError('p', refusal), 'parent_refused', 'The parent task p'] as const,
    ),
    [
      new NotSupportedError('The memory log', 'transactions'),
      'not_supported',
      'does not support transactions.',
    ],
    [new StoreError('store_full', 'The disk is full.', { cause }), 'store_full', 'The disk is full.'],
    [new TaskAbortedError('timeout'), 'aborted', 'The task took longer than its timeout.'],
  ] as const

  it.each(errors)('%s has a stable code, a message and the root', (error, code, message) => {
    expect(error).toBeInstanceOf(WaybillError)
    expect(error).toBeInstanceOf(Error)
    expect(WaybillError.isInstance(error)).toBe(true)
    expect(WaybillError.isInstance(error, code)).toBe(true)
    expect(WaybillError.isInstance(error, 'closed')).toBe(false)
    expect(error.code).toBe(code)
    expect(error.name).toBe(error.constructor.name)
    expect(error.message).toContain(message)
    expect(error.retryable).toBe(false)
  })

  it('has typed fields', () => {
    expect(new InvalidInputError('a', 'm').path).toBe('a')
    expect(new NotFoundError('task', 'x').id).toBe('x')
    expect(new IdempotencyConflictError('k', 'id').existingId).toBe('id')
    expect(new ParentRefusedError('p', 'parent_lost')).toMatchObject({
      parentId: 'p',
      refusal: 'parent_lost',
    })
    expect(new NotSupportedError('log', 'x', 'Do y.')).toMatchObject({
      capability: 'x',
      message: 'log does not support x. Do y.',
    })
    expect(new StoreError('store_contention', 'm', { nativeCode: '40P01', retryable: true })).toMatchObject({
      nativeCode: '40P01',
      retryable: true,
    })
    expect(new StoreError('store_corrupt', 'm').nativeCode).toBeNull()
    expect(new TaskAbortedError('lease_lost').reason).toBe('lease_lost')
  })

  it('keeps its cause, and has none where none was given', () => {
    expect(new StoreError('store_full', 'm', { cause }).cause).toBe(cause)
    expect('cause' in new StoreError('store_full', 'm')).toBe(false)
  })

  it('is known by its brand when it comes from another copy of core', () => {
    const foreign = Object.assign(new Error('m'), { code: 'closed', [Symbol.for('waybill.error')]: true })
    expect(WaybillError.isInstance(foreign)).toBe(true)
    expect(WaybillError.isInstance(foreign, 'closed')).toBe(true)
  })

  it.each([null, undefined, 'closed', 7, {}, new Error('m'), { code: 'closed' }])('%s is none', (value) => {
    expect(WaybillError.isInstance(value)).toBe(false)
  })
})
