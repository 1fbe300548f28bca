import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { publishedPackages } from '../checks/workspace.ts'
import { test } from './project.ts'

const packages = publishedPackages(dirname(dirname(import.meta.dirname))).map(({ manifest }) => manifest)
const names = packages.map(({ name }) => name)
const peers = Object.assign({}, ...packages.map(({ peerDependencies }) => peerDependencies))
const dependencies = {
  ...Object.fromEntries(Object.entries(peers).filter(([name]) => !names.includes(name))),
  ...Object.fromEntries(names.map((name) => [name, '*'])),
  '@types/node': '22',
  'typescript-5.9': 'npm:typescript@5.9',
  'typescript-7': 'npm:typescript@7',
}

const resolutions = [
  { module: 'nodenext', moduleResolution: 'nodenext' },
  { module: 'esnext', moduleResolution: 'bundler' },
]

test('every package can be imported, required and compiled against', async ({ project }) => {
  project.write('package.json', { private: true, type: 'module', dependencies })
  await project.run('npm install')

  const list = "const names = Object.keys(await each(name)).filter((key) => key !== 'module.exports')"
  const print = `for (const name of ${JSON.stringify(names)}) { ${list}; console.log(name, names.sort().join()) }`
  project.write('import.mjs', `const each = (name) => import(name)\n${print}`)
  project.write('require.cjs', `const each = (name) => require(name)\nvoid (async () => { ${print} })()`)
  const [imported, required] = await Promise.all([
    project.run('node import.mjs'),
    project.run('node require.cjs'),
  ])
  expect(required.stdout).toBe(imported.stdout)
  expect(imported.stdout).toMatch(/^@waybill\/core .*\bdefineTask\b/m)

  project.write('types.ts', readFileSync(join(import.meta.dirname, 'consumer/types.ts'), 'utf8'))
  project.write('all.ts', names.map((name, index) => `export * as p${index} from '${name}'`).join('\n'))
  const compilations = resolutions.flatMap((resolution, index) => {
    const config = `tsconfig.${index}.json`
    const compilerOptions = { target: 'es2022', strict: true, noEmit: true, types: ['node'], ...resolution }
    project.write(config, { compilerOptions, files: ['all.ts', 'types.ts'] })
    return ['typescript-5.9', 'typescript-7'].map((compiler) =>
      project.run(`node node_modules/${compiler}/bin/tsc -p ${config}`),
    )
  })
  await Promise.all(compilations)
})
