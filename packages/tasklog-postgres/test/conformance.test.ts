import { taskLogConformance } from '@waybill/conformance'
import { inject } from 'vitest'
import { freshName, freshSubject } from './fresh-schema.ts'

const sheet = '../guarantees.json'

taskLogConformance(
  { name: 'postgres, the newest', create: async () => freshSubject(inject('postgresUrl')) },
  { sheet },
)

taskLogConformance(
  {
    name: 'postgres of Debian',
    create: async () =>
      freshSubject(inject('postgresDebianUrl'), { schema: 'public', prefix: `${freshName()}_` }),
  },
  { sheet },
)
