import { expect, test } from 'vitest'
import { manifestOf, onCore, repository } from './fixture.ts'
import { importsAreDeclared } from './imports-are-declared.ts'

const source = (text: string) =>
  importsAreDeclared(
    repository({
      'packages/tasklog-mysql/package.json': manifestOf('tasklog-mysql', {
        peerDependencies: { ...onCore.peerDependencies, mysql2: '^3.0.0' },
        devDependencies: { ...onCore.devDependencies, zod: '1.0.0' },
      }),
      'packages/tasklog-mysql/src/index.ts': text,
      'packages/tasklog-mysql/src/index.test.ts': "import 'vitest'",
      'packages/tasklog-mysql/test/suite.test.ts': "import '@waybill/conformance'",
    }),
  )

test('what is shipped may import peers, parts of them, modules of Node and its own files', () => {
  expect(
    source(`
      import { Task } from '@waybill/core'
      import mysql from 'mysql2/promise'
      import { readFile } from 'node:fs/promises'
      export * from './claim.ts'
    `),
  ).toEqual([])
})

test.each([
  ["import { z } from 'zod'", '"zod" is neither in dependencies nor in peerDependencies'],
  ["import type { Pool } from 'pg/lib/pool'", '"pg" is neither'],
  ["export * from '@waybill/tasklog-postgres'", '"@waybill/tasklog-postgres" is neither'],
  ["await import('vitest')", '"vitest" is neither'],
  ["import 'fs'", 'write "node:fs"'],
])('what is shipped must not say: %s', (text, message) => {
  expect(source(text)).toEqual([
    {
      file: 'packages/tasklog-mysql/src/index.ts:1',
      rule: 'imports-are-declared',
      message: expect.stringContaining(message),
    },
  ])
})
