import { InvalidInputError, type StandardSchemaV1 } from '@waybill/core'
import { DefaultMigrationConfigFactory } from './migration-config-factory.ts'

/** What a migration task is handed: start, chunkSize, pickSize and repeat, and whatever else it takes. */
export type MigrationParameters = Readonly<Record<string, unknown>>

const factory = new DefaultMigrationConfigFactory()

/**
 * Checks the parameters of migration tasks, when they are enqueued and before they run. What tells a migration task from
 * any other by its definition.
 */
export const MIGRATION_PARAMETERS: StandardSchemaV1<MigrationParameters, MigrationParameters> = {
  '~standard': {
    version: 1,
    vendor: 'waybill',
    validate(value) {
      try {
        factory.create(value as MigrationParameters)
        return { value: value as MigrationParameters }
      } catch (error) {
        if (!(error instanceof InvalidInputError)) throw error
        return { issues: [{ message: error.message.slice(error.path.length + 2), path: [error.path] }] }
      }
    },
  },
}
