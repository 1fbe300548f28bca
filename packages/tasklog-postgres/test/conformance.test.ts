import { taskLogConformance } from '@waybill/conformance'
import { inject } from 'vitest'
import { freshSubject } from './fresh-schema.ts'

taskLogConformance(
  { name: 'postgres, the newest', create: async () => freshSubject(inject('postgresUrl')) },
  { sheet: '../guarantees.json' },
)
