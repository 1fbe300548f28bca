import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packAll } from '../packed/pack.ts'
import { manifestOf, repository } from './fixture.ts'
import { packagesAreFitToPublish } from './packages-are-fit-to-publish.ts'

const SLOW = 60_000

const built = {
  'pnpm-workspace.yaml': 'packages: [packages/*]',
  LICENSE: 'MIT License',
  'packages/core/README.md': '# @waybill/core',
  'packages/core/dist/index.js': "export { a } from './a.js'",
  'packages/core/dist/index.d.ts': "export { a } from './a.js'",
  'packages/core/dist/a.js': 'export const a = 1',
  'packages/core/dist/a.d.ts': 'export declare const a: number',
  'packages/core/src/index.ts': "export { a } from './a.ts'",
}

const messagesFor = async (files: Readonly<Record<string, string | object>>) => {
  const root = repository({ 'packages/core/package.json': manifestOf('core'), ...built, ...files })
  const problems = await packagesAreFitToPublish(await packAll(root, join(root, 'packed')))
  return problems.map(({ message }) => message)
}

test('a package whose tarball works is accepted', { timeout: SLOW }, async () => {
  expect(await messagesFor({})).toEqual([])
})

test('nothing but code, its types and its maps is shipped', { timeout: SLOW }, async () => {
  const others = ['dist/.env', 'dist/a.test-d.ts', 'dist/a.test.js', 'dist/notes.md']
  const files = Object.fromEntries(others.map((file) => [`packages/core/${file}`, '']))
  expect(await messagesFor(files)).toEqual(others.map((file) => `the tarball has ${file}`))
})

test('what only our tests know is not shipped', { timeout: SLOW }, async () => {
  const code = "export const a = process.env.WAYBILL_TEST_POSTGRES_URL // failpoint 'claim.after_commit'"
  expect(await messagesFor({ 'packages/core/dist/a.js': code })).toEqual([
    'dist/a.js says WAYBILL_TEST_POSTGRES_URL, which is for our own tests',
  ])
})

test('a map with the text of something else than our sources is refused', { timeout: SLOW }, async () => {
  const map = { version: 3, sources: ['../src/a.ts', '../../../.env', '/etc/passwd'], mappings: '' }
  expect(await messagesFor({ 'packages/core/dist/a.js.map': map })).toEqual([
    'dist/a.js.map has the text of ../../../.env, which is not in src',
    'dist/a.js.map has the text of /etc/passwd, which is not in src',
  ])
})

test('a tarball that points into the sources is refused', { timeout: SLOW }, async () => {
  const manifest = manifestOf('core', { publishConfig: { access: 'public' } })
  const messages = await messagesFor({ 'packages/core/package.json': manifest })
  expect(messages).toContain('the exports of the tarball["."] does not begin with "types"')
  expect(messages).toContainEqual(expect.stringMatching(/^publint: .*src\/index.ts/))
})

test('a tarball without licence or code is refused', { timeout: SLOW }, async () => {
  const messages = await messagesFor({
    LICENSE: '',
    'packages/core/package.json': manifestOf('core', { files: [] }),
  })
  expect(messages).toContain('the tarball has no dist/index.js')
})

test('a file that the code starts by its URL must be there', { timeout: SLOW }, async () => {
  const code = "new URL('./a.js', import.meta.url); new URL('./a-thread.js', import.meta.url)"
  expect(await messagesFor({ 'packages/core/dist/index.js': `export { a } from './a.js'; ${code}` })).toEqual(
    ['dist/index.js names ./a-thread.js, which the tarball does not have'],
  )
})

test('types that do not match the code are refused', { timeout: SLOW }, async () => {
  const messages = await messagesFor({ 'packages/core/dist/index.d.ts': "export { a } from './gone.js'" })
  expect(messages).toContainEqual(expect.stringMatching(/^attw: .*InternalResolutionError/))
})
