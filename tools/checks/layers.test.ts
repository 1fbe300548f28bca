import { expect, test } from 'vitest'
import { manifestOf, onCore, repository } from './fixture.ts'
import { layers } from './layers.ts'

const manifest = (name: string, different: object = onCore) =>
  layers(repository({ [`packages/${name}/package.json`]: manifestOf(name, different) }))

const peers = (...names: string[]) => ({
  ...onCore,
  peerDependencies: Object.fromEntries(['@waybill/core', ...names].map((name) => [name, '^1.0.0'])),
})

test('an adapter has core and one driver as peers', () => {
  expect(manifest('tasklog-postgres', peers('pg', '@types/pg'))).toEqual([])
  expect(manifest('broker-memory')).toEqual([])
})

test('the suite knows the reference, and the command line knows everything', () => {
  const reference = {
    ...onCore,
    dependencies: { '@waybill/tasklog-memory': '^1.0.0', 'fast-check': '1.0.0' },
  }
  expect(manifest('conformance', reference)).toEqual([])
  expect(manifest('cli', { ...onCore, dependencies: { '@waybill/migration': '^1.0.0' } })).toEqual([])
})

test.each([
  ['tasklog-postgres', peers('pg', 'postgres'), 'has several drivers: pg, postgres'],
  ['tasklog-postgres', { ...onCore, dependencies: { pg: '1.0.0' } }, 'has the dependency pg'],
  ['tasklog-mysql', peers('@waybill/tasklog-postgres'), 'depends on @waybill/tasklog-postgres'],
  [
    'broker-durable',
    { ...onCore, dependencies: { '@waybill/migration': '1.0.0' } },
    'depends on @waybill/migration',
  ],
  ['migration', peers('@waybill/broker-durable'), 'depends on @waybill/broker-durable'],
  ['migration', { dependencies: { '@waybill/core': '1.0.0' } }, 'needs @waybill/core in peerDependencies'],
  ['cli', { dependencies: { '@waybill/core': '1.0.0' } }, 'needs @waybill/core in peerDependencies'],
  ['broker-memory', { peerDependencies: { '@waybill/core': '^1.0.0' } }, 'and in devDependencies'],
])('%s is refused: %j', (name, different, message) => {
  expect(manifest(name, different)).toContainEqual({
    file: `packages/${name}/package.json`,
    rule: 'layers',
    message: expect.stringContaining(message),
  })
})
