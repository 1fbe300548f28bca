import { expect, test } from 'vitest'
import { manifestOf, repository } from '../checks/fixture.ts'
import { diagramOf } from './diagram.ts'

const root = () =>
  repository({
    'packages/core/package.json': manifestOf('core'),
    'packages/core/src/index.ts': "export * from './worker/run.ts'",
    'packages/core/src/worker/run.ts': "import '../time/clock.ts'\nimport type { A } from '../task/a.ts'",
    'packages/core/src/worker/more.ts': "import './run.ts'",
    'packages/core/src/time/clock.ts': '',
    'packages/cli/package.json': manifestOf('cli'),
    'packages/cli/src/index.ts': "await import('@waybill/core')\nimport 'node:fs'",
    'packages/other/package.json': manifestOf('other'),
  })

test('of the packages, who imports whom; one that stands alone is there too', () => {
  expect(diagramOf(root(), 'packages')).toBe('flowchart TD\n  other\n  cli --> core')
})

test('of one package, its folders; types are no imports when the code runs', () => {
  expect(diagramOf(root(), 'packages/core')).toBe('flowchart TD\n  worker --> time')
})

test('of something else, an error', () => {
  expect(() => diagramOf(root(), 'packages/none')).toThrow('there is no package packages/none')
})
