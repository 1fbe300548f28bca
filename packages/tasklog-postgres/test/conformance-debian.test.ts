import { taskLogConformance } from '@waybill/conformance'
import { inject } from 'vitest'
import { freshName, freshSubject } from './fresh-schema.ts'

// In a schema that others use, too: tables are told apart by a prefix.
taskLogConformance(
  {
    name: 'postgres of Debian',
    create: async () =>
      freshSubject(inject('postgresDebianUrl'), { schema: 'public', prefix: `${freshName()}_` }),
  },
  { sheet: '../guarantees.json' },
)
