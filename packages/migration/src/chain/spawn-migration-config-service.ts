import type { MigrationConfig, ResultFilter, SpawnMigrationConfigService } from '@waybill/core'

/** Goes on where the chunk ended, with everything else as it was. */
export class DefaultSpawnMigrationConfigService implements SpawnMigrationConfigService {
  /** {@inheritDoc SpawnMigrationConfigService.spawn} */
  spawn(config: MigrationConfig, { end, max }: ResultFilter): MigrationConfig | null {
    return config.repeat && end < max ? { ...config, start: end } : null
  }
}
