import { LongRunningWorker } from '@waybill/core'
import { openPlace, type Place, type ProofOptions } from './databases.ts'
import { openMigrations } from './open-migrations.ts'
import { paced } from './paced.ts'

/** A worker for the migration of a proof, in a process of its own that can be killed. */
const { place, options, paceMs } = JSON.parse(process.argv[2] ?? '{}') as {
  place: Place
  options: ProofOptions
  paceMs?: number
}
const health = paceMs === undefined ? [] : [paced(paceMs)]
const database = openPlace(place)
const { dispatcher } = openMigrations(database, database.migration({ ...options, health }))
const worker = new LongRunningWorker(dispatcher, {
  queues: ['migrations'],
  leaseMs: 1_500,
  beatMs: 300,
  sweepMs: 200,
})
process.on('SIGTERM', () => worker.abort())
await worker.run()
await database.close()
