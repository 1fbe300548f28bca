import { taskLogConformance } from '@waybill/conformance'
import { inject } from 'vitest'
import { freshSchema } from './fresh-schema.ts'

const servers = { newest: inject('postgresUrl'), debian: inject('postgresDebianUrl') }

taskLogConformance({ name: 'postgres, the newest', create: async () => freshSchema(servers.newest) })
taskLogConformance({ name: 'postgres of Debian', create: async () => freshSchema(servers.debian) })
