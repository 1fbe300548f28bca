import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import type { Problem } from './problem.ts'

const rule = 'core-is-light'
const FILE = 'packages/core/dist/index.js'
const MOST_BYTES = 25 * 1024
const MOST_MS = 20
const IMPORTS = 9

/** What it costs an application to have core. */
export interface CoreWeight {
  /** Bundled, minified and gzipped. */
  readonly bytes: number
  /** What a fresh process takes to import it, at best: whatever else the machine does can only add to it. */
  readonly importMs: number
  /** The same in the median. */
  readonly medianImportMs: number
}

/** Needs core built. */
export async function weighCore(root: string): Promise<CoreWeight> {
  const file = join(root, FILE)
  const times = Array.from({ length: IMPORTS }, () => timeImport(file)).sort((a, b) => a - b)
  const [importMs = Number.NaN] = times
  const medianImportMs = times[Math.floor(IMPORTS / 2)] ?? Number.NaN
  return { bytes: await gzippedBytes(file), importMs, medianImportMs }
}

export function coreIsLight({ bytes, importMs }: Pick<CoreWeight, 'bytes' | 'importMs'>): Problem[] {
  const problem = (message: string): Problem => ({ file: FILE, rule, message })
  return [
    ...(bytes < MOST_BYTES ? [] : [problem(`core has ${bytes} bytes, the bar is ${MOST_BYTES}`)]),
    ...(importMs < MOST_MS
      ? []
      : [problem(`importing core takes ${importMs.toFixed(1)} ms, the bar is ${MOST_MS} ms`)]),
  ]
}

async function gzippedBytes(file: string): Promise<number> {
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    external: ['node:*'],
    logLevel: 'silent',
  })
  return gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length
}

function timeImport(file: string): number {
  const script = `
    const before = performance.now()
    await import(${JSON.stringify(pathToFileURL(file))})
    console.log(performance.now() - before)
  `
  return Number(
    execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' }),
  )
}
