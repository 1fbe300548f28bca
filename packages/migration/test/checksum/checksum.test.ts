import { readFileSync } from 'node:fs'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { expect, inject, it } from 'vitest'
import { addToChecksum, crc32 } from '../../src/range/checksum.ts'

/** What the documentation says to ask. */
const sqlFor = (database: string): string => readFileSync(new URL(`${database}.sql`, import.meta.url), 'utf8')

const TABLE = 'CREATE TEMPORARY TABLE people (id varchar(50) PRIMARY KEY)'
const ROWS = "INSERT INTO people VALUES ('1'), ('42'), ('1000000007'), ('Łódź 🚂')"
const checksum = ['1', '42', '1000000007', 'Łódź 🚂'].reduce((sum, id) => addToChecksum(sum, crc32(id)), '0')

it('is the sum that MariaDB computes', async () => {
  const connection = await mysql.createConnection({ uri: inject('mysqlUrl'), charset: 'utf8mb4' })
  try {
    await connection.query(`${TABLE} CHARACTER SET utf8mb4`)
    await connection.query(ROWS)
    const [rows] = await connection.query({ sql: sqlFor('mysql'), rowsAsArray: true })
    expect(String((rows as unknown[][])[0]?.[0])).toBe(checksum)
  } finally {
    await connection.end()
  }
})

it('is the sum that PostgreSQL computes', async () => {
  const client = new pg.Client({ connectionString: inject('postgresUrl') })
  await client.connect()
  try {
    await client.query(TABLE)
    await client.query(ROWS)
    const { rows } = await client.query<[string]>({ text: sqlFor('postgres'), rowMode: 'array' })
    expect(rows[0]?.[0]).toBe(checksum)
  } finally {
    await client.end()
  }
})
