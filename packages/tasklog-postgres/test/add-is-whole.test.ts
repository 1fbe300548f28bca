import type { StoreError } from '@waybill/core'
import { expect, inject, onTestFinished, test } from 'vitest'
import { createPostgresTaskLog } from '../src/index.ts'
import { idOf, newEntry } from './both-logs.ts'
import { faultyPool } from './faulty-pool.ts'
import { dropSchema, freshName } from './fresh-schema.ts'

const connectionString = inject('postgresUrl')

test('an add that fails after its insert, for one key came twice and is asked about, has stored nothing', async () => {
  const faulty = faultyPool({ connectionString })
  const schema = freshName()
  const log = createPostgresTaskLog({ pool: faulty.pool }, { schema })
  onTestFinished(async () => {
    await log.close()
    await faulty.end()
    await dropSchema(connectionString, schema)
  })
  await log.createContainer()
  const keyed = { idempotencyKey: 'key', fingerprint: 'one' }
  let asked = 0
  faulty.fail((sql) => {
    if (!sql.includes('AS wanted')) return null
    asked += 1
    return asked === 2 ? 'full' : null
  })
  const added = log.add([newEntry(1, keyed), newEntry(2, keyed)])
  await expect(added).rejects.toThrow(expect.objectContaining({ code: 'store_full' }) as StoreError)
  faulty.fail(() => null)
  expect(await log.find([idOf(1), idOf(2)])).toEqual([])
})
