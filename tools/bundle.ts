import { globSync } from 'node:fs'
import { build } from 'esbuild'

/**
 * Bundles the package in the current folder into `dist`: its door, and next to it each file that runs in a thread of its
 * own. Why: decisions/0002-core-is-bundled.md.
 */
await build({
  entryPoints: ['src/index.ts', ...globSync('src/**/*-thread.ts')],
  entryNames: '[name]',
  chunkNames: 'shared-[hash]',
  outdir: 'dist',
  bundle: true,
  splitting: true,
  packages: 'external',
  format: 'esm',
  platform: 'neutral',
  target: 'node22',
  sourcemap: true,
  logLevel: 'warning',
})
