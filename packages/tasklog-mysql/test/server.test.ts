import mysql from 'mysql2/promise'
import { expect, inject, test } from 'vitest'

test('the server answers', async () => {
  const connection = await mysql.createConnection(inject('mysqlUrl'))
  const [rows] = await connection.query('SELECT 1 AS one')
  expect(rows).toEqual([{ one: 1 }])
  await connection.end()
})
