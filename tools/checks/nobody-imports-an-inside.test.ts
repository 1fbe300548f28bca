import { expect, test } from 'vitest'
import { manifestOf, repository } from './fixture.ts'
import { nobodyImportsAnInside } from './nobody-imports-an-inside.ts'

const tree = (file: string, text: string) =>
  nobodyImportsAnInside(
    repository({
      'packages/core/package.json': manifestOf('core'),
      'packages/cli/package.json': manifestOf('cli'),
      'examples/demo/package.json': { name: 'demo', private: true },
      'tools/package.json': { name: '@waybill/tools', exports: { './servers': './servers/index.ts' } },
      [file]: text,
    }),
  )

test('packages are entered through their doors', () => {
  const text = `
    import '@waybill/core'
    import '@waybill/tools/servers'
    import '../src/index.ts'
    await import('./fixtures/task.ts')
  `
  expect(tree('packages/cli/test/run.test.ts', text)).toEqual([])
})

test.each([
  ['packages/cli/src/index.ts', '@waybill/core/src/task.ts', 'is inside @waybill/core'],
  ['packages/cli/test/a.test.ts', '@waybill/core/dist/index.js', 'is inside @waybill/core'],
  ['packages/cli/test/a.test.ts', '@waybill/tools/checks/layers.ts', 'is inside @waybill/tools'],
  ['packages/cli/src/command/worker.ts', '../../../core/src/index.ts', 'leaves the package'],
  ['examples/demo/main.ts', '../../packages/core/src/index.ts', 'leaves the package'],
  ['tools/servers/a.ts', '../../packages/core/src/index.ts', 'leaves the package'],
])('%s must not import %s', (file, specifier, message) => {
  expect(tree(file, `import { x } from '${specifier}'`)).toEqual([
    { file: `${file}:1`, rule: 'nobody-imports-an-inside', message: expect.stringContaining(message) },
  ])
})
