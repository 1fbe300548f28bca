import { defineTask } from '@waybill/core'
import { expect, test } from 'vitest'
import { UsageError } from '../errors/cli-error.ts'
import { checkConfig } from './check-config.ts'

test('a good configuration is handed on as it is', () => {
  const config = {
    log: () => null,
    tasks: [defineTask({ name: 'a', run: () => null }), './tasks/*.ts'],
    queues: ['default', { name: 'reports', weight: 2, concurrency: 5 }],
    associations: { a: 'reports' },
    selector: 'strict',
    worker: { concurrency: 4, grace: '30s', around: [() => null] },
    redact: ['pin'],
  }
  expect(checkConfig(config, 'f')).toBe(config)
  expect(checkConfig({ url: undefined }, 'f')).toEqual({ url: undefined })
})

test.each([
  [undefined, 'f: expected the default export to be an object, got nothing'],
  [[], 'f: expected the default export to be an object, got an empty list'],
  [
    { url: 5 },
    'f: url: expected a URL such as sqlite:waybill.db, postgres://… or mysql://…, got the number 5',
  ],
  [
    { url: '' },
    'f: url: expected a URL such as sqlite:waybill.db, postgres://… or mysql://…, got an empty text',
  ],
  [
    { log: {} },
    'f: log: expected a task log, for example createSqliteTaskLog({ file }), or a function that opens one, got an object',
  ],
  [{ queus: [] }, 'f: queus: there is no such setting; did you mean queues?'],
  [{ queues: [] }, 'f: queues: expected at least one queue, got an empty list'],
  [
    { queues: [5] },
    'f: queues[0]: expected a queue name, or { name, weight?, concurrency? }, got the number 5',
  ],
  [
    { queues: ['a', { name: 'b', weight: 'x' }] },
    'f: queues[1].weight: expected a number, 0 or more, got a text',
  ],
  [{ queues: [{ name: 'b', wait: 1 }] }, 'f: queues[0].wait: there is no such setting'],
  [
    { tasks: [{}] },
    'f: tasks[0]: expected a pattern, a task made by defineTask, or a class that extends AbstractTask, got an object',
  ],
  [
    { worker: { concurrency: 0 } },
    'f: worker.concurrency: expected a whole number from 1 to 10,000, got the number 0',
  ],
  [
    { worker: { grace: 'long' } },
    "f: worker.grace: expected milliseconds or a duration like '30s', got a text",
  ],
  [{ associations: { a: 1 } }, 'f: associations.a: expected a queue name, got the number 1'],
  [{ selector: 'random' }, 'f: selector: expected weight, strict or a TaskSelector, got a text'],
])('of %j it says what was expected, and of what type the value is', (value, message) => {
  expect(() => checkConfig(value, 'f')).toThrow(new UsageError(message))
})

test('the value itself, which may be a secret, is not told', () => {
  expect(() => checkConfig({ url: ['postgres://me:s3cr3t-CANARY@host/db'] }, 'f')).toThrow(
    expect.not.objectContaining({ message: expect.stringContaining('CANARY') }),
  )
})
