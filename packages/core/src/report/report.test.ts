import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidInputError } from '../errors/errors.ts'
import { MAX_MESSAGE_LENGTH, Report, type ReportJson, type ReportType } from './report.ts'

describe('a report', () => {
  it('has a type, a message and data', () => {
    expect(Report.success('Done', { n: 1 }).toJSON()).toEqual({
      type: 'success',
      message: 'Done',
      data: { n: 1 },
    })
    expect(Report.info('i').type).toBe('info')
    expect(Report.warning('w').type).toBe('warning')
    expect(Report.error('e').type).toBe('error')
  })

  it('is a tree: parents are walked before children, each report once', () => {
    const leaf = Report.info('leaf')
    const report = Report.success('root').add(Report.info('left').add(leaf), Report.info('right').add(leaf))
    report.add(report)
    expect([...report].map(({ message }) => message)).toEqual(['root', 'left', 'right', 'leaf'])
  })

  it('contains an error when one is anywhere in the tree', () => {
    const types = fc.constantFrom<ReportType>('success', 'info', 'warning', 'error')
    const { tree } = fc.letrec<{ leaf: Report; tree: Report }>((tie) => ({
      leaf: types.map((type) => new Report(type, 'm')),
      tree: fc.oneof(
        { maxDepth: 4 },
        tie('leaf'),
        fc.tuple(types, fc.array(tie('tree'), { maxLength: 3 })).map(([type, children]) => {
          return new Report(type, 'm').add(...children)
        }),
      ),
    }))
    fc.assert(
      fc.property(tree, (report) => {
        expect(report.containsError()).toBe(JSON.stringify(report).includes('"type":"error"'))
      }),
    )
  })

  it('does not end in an endless walk when it contains itself', () => {
    const report = Report.info('a')
    report.add(Report.info('b').add(report))
    expect(report.containsError()).toBe(false)
  })

  it('comes back from its JSON', () => {
    const json: ReportJson = {
      type: 'warning',
      message: 'Two rows left out',
      data: { rows: [3, 5] },
      children: [
        { type: 'error', message: 'Row 3', truncated: true },
        { type: 'info', message: 'Row 5' },
      ],
    }
    expect(Report.fromJSON(json).toJSON()).toEqual(json)
  })

  it.each<[string, unknown, string]>([
    ['null', null, 'report'],
    ['a text', 'Done', 'report'],
    ['an unknown type', { type: 'fatal', message: 'm' }, 'report'],
    ['a message that is no text', { type: 'info', message: 1 }, 'report.message'],
    ['children that are no list', { type: 'info', message: 'm', children: {} }, 'report.children'],
    ['a child that is none', { type: 'info', message: 'm', children: [{}] }, 'report.children[0]'],
  ])('%s is no report', (_, value, path) => {
    expect(() => Report.fromJSON(value)).toThrow(expect.objectContaining({ path, code: 'invalid_input' }))
  })

  it('from JSON of any depth overflows no stack', () => {
    let json: object = { type: 'info', message: 'm' }
    for (let depth = 0; depth < 10_000; depth += 1) json = { type: 'info', message: 'm', children: [json] }
    expect(() => Report.fromJSON(json)).toThrow(InvalidInputError)
  })

  it('takes only reports as children', () => {
    expect(() => Report.info('m').add('child' as never)).toThrow(InvalidInputError)
  })

  it('asks for a retry only when it says so', () => {
    expect(Report.error('no').retryRequest).toBeNull()
    expect(Report.error('later').retry().retryRequest).toEqual({ afterMs: null })
    expect(Report.error('in a minute').retry({ after: '1m' }).retryRequest).toEqual({ afterMs: 60_000 })
    expect(() => Report.error('never').retry({ after: -1 })).toThrow(InvalidInputError)
  })

  it('cuts a message that is too long, with a mark', () => {
    const { message } = Report.info('x'.repeat(100_000_000))
    expect(message).toHaveLength(MAX_MESSAGE_LENGTH + '[truncated]'.length)
    expect(message.endsWith('x[truncated]')).toBe(true)
  })

  it('has only characters that every database keeps', () => {
    const { message } = Report.info('a\0b\ud800')
    expect(message).toBe('a\ufffdb\ufffd')
  })
})

describe('a report of what was thrown', () => {
  it('has the message, the name, the code and the stack of an error', () => {
    const report = Report.fromError(Object.assign(new TypeError('broken'), { code: 'E_BROKEN' }))
    expect(report).toMatchObject({
      type: 'error',
      message: 'broken',
      data: { name: 'TypeError', code: 'E_BROKEN' },
    })
    expect((report.data as { stack: string }).stack).toContain('report.test.ts')
  })

  it('has the causes beneath it, and the errors of an AggregateError', () => {
    const cause = new AggregateError([new Error('one'), 'two'], 'both', { cause: new Error('why') })
    const report = Report.fromError(new Error('outer', { cause }))
    expect([...report].map(({ message }) => message)).toEqual(['outer', 'both', 'why', 'one', 'two'])
  })

  it('ends where causes go round in a circle', () => {
    const error = new Error('round')
    error.cause = error
    expect([...Report.fromError(error)]).toHaveLength(21)
  })

  it('is bounded where causes have ever more causes', () => {
    const hydra = new AggregateError([], 'head')
    hydra.errors.push(hydra, hydra)
    expect([...Report.fromError(hydra)]).toHaveLength(21)
  })

  it.each<[string, unknown, string]>([
    ['undefined', undefined, 'undefined was thrown'],
    ['null', null, 'null'],
    ['a text', 'broken', 'broken'],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['an object', {}, '[object Object]'],
    ['an object without a prototype', Object.create(null), 'a value that cannot be shown'],
    ['an error without a message', new RangeError(), 'RangeError'],
    ['a frozen error', Object.freeze(new Error('cold')), 'cold'],
  ])('%s', (_, thrown, message) => {
    expect(Report.fromError(thrown)).toMatchObject({ type: 'error', message })
  })

  it('is made of an error whose every getter throws', () => {
    const hostile = new Error('x')
    const boom = (): never => {
      throw new Error('getter')
    }
    for (const key of ['name', 'message', 'stack', 'cause', 'code', 'errors', 'toString']) {
      Object.defineProperty(hostile, key, { get: boom })
    }
    expect(Report.fromError(hostile).type).toBe('error')
  })

  it('is made of a Proxy that throws at everything, and of a revoked one', () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    const trap = (): never => {
      throw new Error('trap')
    }
    const hostile = new Proxy({}, { get: trap, getPrototypeOf: trap, has: trap, ownKeys: trap })
    expect(Report.fromError(proxy).type).toBe('error')
    expect(Report.fromError(hostile).type).toBe('error')
  })

  it('is made of anything', () => {
    fc.assert(fc.property(fc.anything(), (thrown) => Report.fromError(thrown).type === 'error'))
  })
})
