import { expect, test } from 'vitest'
import { manifestOf, repository } from './fixture.ts'
import { manifestsAreComplete } from './manifests-are-complete.ts'

const tree = (different: object, readme = '# @waybill/cli') =>
  manifestsAreComplete(
    repository({
      'packages/cli/package.json': manifestOf('cli', different),
      'packages/cli/README.md': readme,
      'tools/package.json': { name: '@waybill/tools', private: true },
    }),
  )

test('a complete package is accepted, and a private one is nobody else’s business', () => {
  expect(tree({})).toEqual([])
})

test('an empty README is none', () => {
  expect(tree({}, '\n')).toMatchObject([{ file: 'packages/cli/README.md' }])
})

test.each([
  [{ description: '' }, 'description is missing'],
  [{ license: 'ISC' }, 'license is not "MIT"'],
  [{ type: undefined }, 'type is not "module"'],
  [{ sideEffects: undefined }, 'sideEffects is not false'],
  [{ engines: {} }, 'engines.node is missing'],
  [{ repository: { directory: 'packages/cli' } }, 'repository.url is missing'],
  [{ repository: { url: 'u', directory: 'packages/core' } }, 'repository.directory is not "packages/cli"'],
  [{ files: ['src'] }, 'files does not have "dist"'],
  [{ exports: { '.': './dist/index.js' } }, 'exports["."] is not "./src/index.ts", the sources'],
  [{ keywords: [] }, 'keywords does not have "waybill"'],
  [{ publishConfig: { access: 'public' } }, 'publishConfig.exports has no "."'],
  [publishing({ default: './dist/index.js', types: './dist/index.d.ts' }), 'does not begin with "types"'],
  [publishing('./dist/index.js'), 'does not begin with "types"'],
])('%j is refused', (different, message) => {
  expect(tree(different)).toEqual([
    {
      file: 'packages/cli/package.json',
      rule: 'manifests-are-complete',
      message: expect.stringContaining(message),
    },
  ])
})

function publishing(target: string | object): object {
  return { publishConfig: { access: 'public', exports: { '.': target } } }
}
