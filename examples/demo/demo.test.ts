import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const run = (): string =>
  execFileSync(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    encoding: 'utf8',
    timeout: 120_000,
    env: { ...process.env, NO_COLOR: '1' },
  })

it('shows weights, a recovery, a failure, a cancel and a report, and works again on its own log', {
  timeout: 240_000,
}, () => {
  rmSync(join(import.meta.dirname, 'out'), { recursive: true, force: true })
  for (const _ of ['first run', 'second run']) {
    const output = run()
    expect(output).toMatch(/Weather of Seattle, 2015-12: cancelled/)
    expect(output).toMatch(/taken over by worker-[ab] after [0-4]\.\d s/)
    expect(output).toMatch(/failed\s+strikes\.year/)
    expect(output).toMatch(/Rows that were left out/)
    const [exports = 0, imports = 0] = [...output.matchAll(/█+ (\d+)/g)].map(([, count]) => Number(count))
    expect(exports + imports).toBe(48)
    // Three in four by chance: half of them come from exports once in ten thousand runs.
    expect(imports).toBeGreaterThan(exports)
  }
})
