import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Series } from './bench.ts'

// Whether it measures, not how much: a figure from a machine that does other things as well says nothing.
test('a run on the log in memory measures enqueue, drain and cpu, and keeps what it measured', {
  timeout: 60_000,
}, async () => {
  const out = mkdtempSync(join(tmpdir(), 'waybill-bench-test-'))
  onTestFinished(() => rmSync(out, { recursive: true }))
  const options = ['bulk', 'drain', '--log', 'memory', '--scale', '0.01', '--rounds', '1', '--out', out]
  const run = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...options], { stdio: 'ignore' })
  expect(await once(run, 'exit')).toEqual([0, null])
  const { series } = JSON.parse(readFileSync(join(out, 'results.json'), 'utf8')) as { series: Series[] }
  expect(series.map(({ metric }) => metric)).toEqual(['bulk', 'drain', 'cpu'])
  for (const { values } of series) expect(values[0]).toBeGreaterThan(0)
})
