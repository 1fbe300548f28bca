import pg from 'pg'
import { expect, inject, onTestFinished, test } from 'vitest'
import { createPostgresTaskLog, type PostgresTaskLogSource } from '../src/index.ts'
import { newEntry } from './both-logs.ts'
import { dropSchema, freshName } from './fresh-schema.ts'

const connectionString = inject('postgresUrl')

test.each([
  ['its own pool', () => ({ connectionString })],
  ['a pool of yours', () => ({ pool: new pg.Pool({ connectionString }) })],
] as [string, () => PostgresTaskLogSource][])(
  'a log over %s carries out what is under way before it has closed',
  async (_, sourceOf) => {
    const schema = freshName()
    const source = sourceOf()
    const log = createPostgresTaskLog(source, { schema })
    onTestFinished(() => dropSchema(connectionString, schema))
    await log.createContainer()
    // More than the pool has connections.
    const adding = Promise.allSettled(Array.from({ length: 30 }, (_each, n) => log.add([newEntry(n)])))
    await log.close()
    if ('pool' in source) await (source.pool as pg.Pool).end()
    expect((await adding).map(({ status }) => status)).toEqual(Array(30).fill('fulfilled'))
  },
)
