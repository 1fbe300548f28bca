import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const MAIN = join(import.meta.dirname, '../../src/command/main.ts')

interface Ended {
  readonly code: number
  readonly out: string
  readonly error: string
}

async function command(...words: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, VITEST: undefined }
    execFile(process.execPath, [MAIN, ...words], { cwd: import.meta.dirname, env }, (failure, out, error) => {
      resolve({ code: failure === null ? 0 : Number(failure.code), out, error })
    })
  })
}

describe('the command', { timeout: 120_000 }, () => {
  test('names each area that was asked for and ends well when every rule is kept', async () => {
    const { code, out } = await command('right.ts', 'find', 'broker', 'claim-004', 'crash')
    expect({ code, out }).toMatchObject({ code: 0 })
    expect(out).toMatch(/✓ find +8 kept/)
    expect(out).toMatch(/✓ claim +1 kept/)
    expect(out).toMatch(/✓ broker +5 kept/)
    expect(out).toMatch(/- crash +5 not tried: capabilities.multiProcess is false/)
    expect(out).toContain('All 14 rules that apply are kept.')
  })

  test('names each broken rule with what was expected, and ends with 1', async () => {
    const { code, out } = await command('wrong.ts', 'claim')
    expect(code).toBe(1)
    expect(out).toMatch(/✗ claim +18 kept, 4 broken/)
    expect(out).toContain('claim-007 no more is claimed than the limit')
    expect(out).toMatch(/to have a length of 2 but got 3/)
    expect(out).toContain('4 rules are broken, 18 are kept.')
  })

  test('writes a sheet of what the adapter guarantees', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'waybill-sheet-'))
    try {
      const file = join(folder, 'sheet.json')
      await command('right.ts', 'find', 'crash-001', '--sheet', file)
      const [sheet, ...others] = JSON.parse(await readFile(file, 'utf8'))
      expect(others).toEqual([])
      expect(sheet).toMatchObject({
        version: 1,
        contract: 'task log',
        adapter: 'memory',
        capabilities: { durable: false, pathFilters: true },
        interfaces: { claims: true, wakes: true, schema: false },
        rules: { 'find-001': 'kept', 'crash-001': 'capabilities.multiProcess is false' },
      })
      expect(Object.keys(sheet.rules)).toHaveLength(9)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('ends with 2 when nothing could be tried, and says why', async () => {
    expect(await command('nowhere.ts')).toMatchObject({
      code: 2,
      error: expect.stringContaining('no module'),
    })
    expect(await command()).toMatchObject({ code: 2, error: expect.stringContaining('Usage:') })
    expect(await command('right.ts', '--nonsense')).toMatchObject({ code: 2 })
    expect(await command('right.ts', 'claim-999')).toMatchObject({
      code: 2,
      error: expect.stringContaining('No verdict'),
    })
    expect(await command('../memory.ts')).toMatchObject({
      code: 2,
      error: expect.stringContaining('exports neither "taskLog" nor "broker"'),
    })
  })

  test('explains itself', async () => {
    expect(await command('--help')).toMatchObject({ code: 0, out: expect.stringContaining('Usage:') })
  })
})
