import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeJson } from '../json/decode.ts'
import { MAX_JSON_BYTES } from '../json/encode.ts'
import { encodeReport } from './encode-report.ts'
import { Report, type ReportJson, type ReportType } from './report.ts'

function stored(report: Report): Report {
  const text = encodeReport(report)
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_JSON_BYTES)
  return Report.fromJSON(decodeJson(text, 'report'))
}

function size(report: Report): number {
  return 1 + report.children.reduce((sum, child) => sum + size(child), 0)
}

function depth(report: Report): number {
  return 1 + Math.max(0, ...report.children.map(depth))
}

describe('an encoded report', () => {
  it('comes back as it was when it is JSON of a decent size', () => {
    const { tree } = fc.letrec<{ tree: ReportJson }>((tie) => ({
      tree: fc.record(
        {
          type: fc.constantFrom<ReportType>('success', 'info', 'warning', 'error'),
          message: fc.string({ unit: 'grapheme' }),
          data: fc.constantFrom({ n: 1 }, [1, 'a', null], 'text', 0, false, null),
          children: fc.oneof({ maxDepth: 3 }, fc.constant([]), fc.array(tie('tree'), { maxLength: 3 })),
        },
        { requiredKeys: ['type', 'message'] },
      ),
    }))
    fc.assert(
      fc.property(tree, (json) => {
        expect(stored(Report.fromJSON(json)).toJSON()).toEqual(Report.fromJSON(json).toJSON())
      }),
    )
  })

  it('is made of any data', () => {
    const data = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
    })
    fc.assert(fc.property(data, (each) => stored(Report.info('m', each)).message === 'm'))
  })

  it('shows what JSON has no word for as text', () => {
    const cycle: Record<string, unknown> = { n: 1 }
    cycle['self'] = cycle
    const data = {
      big: 12345678901234567890n,
      at: new Date(0),
      never: new Date(Number.NaN),
      nothing: undefined,
      nan: Number.NaN,
      zero: -0,
      map: new Map([['a', 1]]),
      set: new Set([1]),
      error: new TypeError('broken'),
      bytes: new Uint8Array(3),
      call: () => 1,
      constructor: 'left out',
      text: 'a\0\ud800',
      cycle,
    }
    expect(stored(Report.info('m', data)).data).toEqual({
      big: '12345678901234567890',
      at: '1970-01-01T00:00:00.000Z',
      never: 'Invalid Date',
      nan: 'NaN',
      zero: 0,
      map: [['a', 1]],
      set: [1],
      error: 'TypeError: broken',
      bytes: '3 bytes',
      call: '() => 1',
      text: 'a\ufffd\ufffd',
      cycle: { n: 1, self: '[truncated]' },
    })
  })

  it('is made of a date that lies about itself', () => {
    const date = Object.assign(new Date(0), { toISOString: () => ({ toString: () => 1n }) })
    expect(stored(Report.info('m', { date })).message).toBe('m')
  })

  it('shows a member whose getter throws as missing, and the others', () => {
    const data = {
      get a(): never {
        throw new Error('no')
      },
      b: 1,
    }
    expect(stored(Report.info('m', data)).data).toEqual({ b: 1 })
  })

  it('is at most 64 reports deep, with a visible mark where it was cut', () => {
    let report = Report.info('leaf')
    for (let level = 0; level < 100_000; level += 1) report = Report.info('above').add(report)
    const cut = stored(report)
    expect(depth(cut)).toBe(64)
    expect([...cut].filter(({ truncated }) => truncated)).toHaveLength(1)
    expect([...cut].at(-1)?.truncated).toBe(true)
  })

  it('is at most 1 MB: what does not fit is left out, with a visible mark', () => {
    const report = Report.success('root')
    for (let index = 0; index < 200; index += 1) report.add(Report.info('é'.repeat(10_000), { index }))
    const cut = stored(report)
    expect(cut.truncated).toBe(true)
    expect(size(cut)).toBeGreaterThan(40)
    expect(cut.children[0]?.data).toEqual({ index: 0 })
  })

  it('leaves out data that is too large, and keeps the message', () => {
    const cut = stored(Report.warning('much', 'x'.repeat(2_000_000)).add(Report.error('why')))
    expect(cut).toMatchObject({ message: 'much' })
    expect(cut.containsError()).toBe(true)
    expect(String(cut.data).endsWith('[truncated]')).toBe(true)
  })

  it('is bounded when it contains itself', () => {
    const report = Report.info('a')
    report.add(report, report)
    expect(stored(report).message).toBe('a')
  })

  it('of 200,000 children keeps the first, at once', () => {
    const report = Report.info('many')
    for (let index = 0; index < 200_000; index += 1) report.add(Report.info(`child ${index}`))
    const cut = stored(report)
    expect(cut.truncated).toBe(true)
    expect(cut.children[0]?.message).toBe('child 0')
  })

  it('of any size keeps the bound', () => {
    const sizes = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 0, max: 200_000 })),
      {
        minLength: 1,
        maxLength: 40,
      },
    )
    fc.assert(
      fc.property(sizes, fc.constantFrom('x', '"', 'é', '\n', '😀'), (children, unit) => {
        const report = Report.info('root')
        for (const [message, data] of children) {
          report.add(Report.info(unit.repeat(message), unit.repeat(data)).add(Report.info('leaf')))
        }
        stored(report)
      }),
      { numRuns: 20 },
    )
  })
})
