import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { freshPostgresDatabase } from '@waybill/tools/servers'
import { expect, inject, it } from 'vitest'

it('stores the order and its task together, or neither', async () => {
  await using database = await freshPostgresDatabase(inject('postgresUrl'))
  const output = execFileSync(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    encoding: 'utf8',
    env: { ...process.env, DATABASE_URL: database.url },
  })
  expect(output).toMatch(
    /^Refused: .*orders_amount_check.*\nConfirm the order of a book: A book was ordered\n$/,
  )
})
