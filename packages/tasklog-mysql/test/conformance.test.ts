import { taskLogConformance } from '@waybill/conformance'
import { inject } from 'vitest'
import { freshSubject } from './fresh-prefix.ts'

taskLogConformance(
  { name: 'mysql', create: async () => freshSubject(inject('mysqlUrl')) },
  { sheet: '../guarantees.json' },
)
