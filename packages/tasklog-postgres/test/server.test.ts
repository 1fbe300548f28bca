import pg from 'pg'
import { expect, inject, test } from 'vitest'

test.each([inject('postgresUrl'), inject('postgresDebianUrl')])('%s answers', async (url) => {
  const client = new pg.Client(url)
  await client.connect()
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  await client.end()
})
