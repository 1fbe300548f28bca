import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { InvalidInputError } from '../errors/errors.ts'
import type { StandardSchemaV1 } from './standard-schema.ts'
import { validateSync, validateWith } from './validate.ts'

interface Order {
  readonly id: number
  readonly items: readonly { readonly sku: string }[]
}

const SCHEMAS: readonly (readonly [string, StandardSchemaV1<Order>])[] = [
  ['zod', z.object({ id: z.number(), items: z.array(z.object({ sku: z.string() })) })],
  ['valibot', v.object({ id: v.number(), items: v.array(v.object({ sku: v.string() })) })],
  ['arktype', type({ id: 'number', items: type({ sku: 'string' }).array() })],
]

describe.each(SCHEMAS)('a schema of %s', (_, schema) => {
  const order = { id: 1, items: [{ sku: 'A1' }] }

  it('lets a right value through', async () => {
    expect(await validateWith(schema, order, 'parameters')).toEqual(order)
    expect(validateSync(schema, order, 'parameters')).toEqual(order)
  })

  it('refuses a wrong one with the path of the first thing that is wrong', async () => {
    const wrong = { id: 1, items: [{ sku: 'A1' }, { sku: 2 }] }
    const error = { path: 'parameters.items[1].sku', code: 'invalid_input' }
    await expect(validateWith(schema, wrong, 'parameters')).rejects.toThrow(InvalidInputError)
    await expect(validateWith(schema, wrong, 'parameters')).rejects.toMatchObject(error)
    expect(() => validateSync(schema, wrong, 'parameters')).toThrow(expect.objectContaining(error))
  })
})

describe('what a schema makes of a value is what comes out', () => {
  it('zod', () => {
    expect(validateSync(z.object({ n: z.string().transform(Number) }), { n: '7' }, 'p')).toEqual({ n: 7 })
    expect(validateSync(z.object({ n: z.number().default(3) }), {}, 'p')).toEqual({ n: 3 })
  })

  it('valibot', () => {
    const schema = v.object({ n: v.pipe(v.string(), v.transform(Number)) })
    expect(validateSync(schema, { n: '7' }, 'p')).toEqual({ n: 7 })
  })

  it('arktype', () => {
    expect(validateSync(type({ n: 'string.numeric.parse' }), { n: '7' }, 'p')).toEqual({ n: 7 })
  })
})

describe('an asynchronous schema', () => {
  const asynchronous: readonly (readonly [string, StandardSchemaV1<string>])[] = [
    ['zod', z.string().refine(async (text) => text !== 'taken', 'it is taken')],
    [
      'valibot',
      v.pipeAsync(
        v.string(),
        v.checkAsync(async (text) => text !== 'taken', 'it is taken'),
      ),
    ],
  ]

  it.each(asynchronous)('of %s is waited for', async (_, schema) => {
    expect(await validateWith(schema, 'free', 'name')).toBe('free')
    await expect(validateWith(schema, 'taken', 'name')).rejects.toThrow('name: it is taken')
  })

  it.each(asynchronous)(
    'of %s is refused where nothing can wait, for instance in a transaction',
    (_, schema) => {
      expect(() => validateSync(schema, 'free', 'name')).toThrow(/^name: the task's schema is asynchronous/)
      expect(() => validateSync(schema, 'free', 'name')).toThrow(InvalidInputError)
    },
  )

  it('that is rejected after it was refused leaves no unhandled rejection', async () => {
    const schema = custom(() => Promise.reject(new Error('late')))
    expect(() => validateSync(schema, 1, 'p')).toThrow(InvalidInputError)
    await new Promise((resolve) => setImmediate(resolve))
  })
})

function custom(validate: (value: unknown) => unknown): StandardSchemaV1 {
  return { '~standard': { version: 1, vendor: 'test', validate: validate as never } }
}

describe('a schema of nobody known', () => {
  it('names members by symbols and by path segments too', () => {
    const schema = custom(() => ({ issues: [{ message: 'wrong', path: [{ key: 'a b' }, 0, Symbol('s')] }] }))
    expect(() => validateSync(schema, 1, 'p')).toThrow('p["a b"][0]["Symbol(s)"]: wrong')
  })

  it('says at most three things, at most 1,000 characters long', () => {
    const issues = Array.from({ length: 50 }, (_, index) => ({ message: `${index}${'x'.repeat(5_000)}` }))
    const schema = custom(() => ({ issues }))
    expect(() => validateSync(schema, 1, 'p')).toThrow(/^p: 0x{999}\[truncated\]$/)
    expect(() =>
      validateSync(
        custom(() => ({ issues: [] })),
        1,
        'p',
      ),
    ).toThrow('p: refused by the schema')
  })

  it.each([null, undefined, {}, 'zod', { '~standard': { version: 2 } }, { '~standard': { version: 1 } }])(
    '%j is none',
    async (schema) => {
      expect(() => validateSync(schema as never, 1, 'p')).toThrow(InvalidInputError)
      await expect(validateWith(schema as never, 1, 'p')).rejects.toThrow(InvalidInputError)
    },
  )
})
