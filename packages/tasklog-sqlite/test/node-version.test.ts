import { expect, onTestFinished, test } from 'vitest'
import { createSqliteTaskLog } from '../src/index.ts'
import { temporaryFile } from './temporary-file.ts'

test('a Node that better-sqlite3 would crash is refused', () => {
  const { versions } = process
  onTestFinished(() => void Object.defineProperty(process, 'versions', { value: versions }))
  Object.defineProperty(process, 'versions', { value: { ...versions, napi: '9' }, configurable: true })
  expect(() => createSqliteTaskLog({ file: temporaryFile() })).toThrow(
    expect.objectContaining({
      code: 'not_supported',
      message: expect.stringContaining('Node 22.14 or newer'),
    }),
  )
})
