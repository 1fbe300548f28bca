import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A small repository in a folder that is gone after the test. Objects are written as JSON. */
export function repository(files: Readonly<Record<string, string | object>>): string {
  const root = mkdtempSync(join(tmpdir(), 'waybill-checks-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), typeof content === 'string' ? content : JSON.stringify(content))
  }
  return root
}

/** A package.json that breaks no rule, with what a test wants to be different. */
export function manifestOf(name: string, different: object = {}): object {
  const folder = `packages/${name}`
  return {
    name: `@waybill/${name}`,
    version: '1.0.0',
    description: 'A package.',
    keywords: ['waybill'],
    license: 'MIT',
    type: 'module',
    sideEffects: false,
    repository: { type: 'git', url: 'git+https://github.com/waybill-queue/waybill.git', directory: folder },
    engines: { node: '>=22.13' },
    files: ['dist'],
    exports: { '.': './src/index.ts' },
    publishConfig: {
      access: 'public',
      exports: {
        '.': { types: './dist/index.d.ts', default: './dist/index.js' },
        './package.json': './package.json',
      },
    },
    ...different,
  }
}

/** What an adapter, the suite and the migrations have in common. */
export const onCore = {
  peerDependencies: { '@waybill/core': 'workspace:^' },
  devDependencies: { '@waybill/core': 'workspace:^' },
}
