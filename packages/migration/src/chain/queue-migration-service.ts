import {
  type MigrationConfig,
  Report,
  type ResultFilter,
  type ResultSearcher,
  type ResultUnitProcessor,
  type SpawnMigrationConfigService,
} from '@waybill/core'

/** Everything a chunk of the original's kind needs. */
export interface ChunkMigration<Value> {
  readonly config: MigrationConfig
  readonly filter: ResultFilter
  readonly searcher: ResultSearcher<Value>
  readonly processor: ResultUnitProcessor<Value>
  readonly spawnService: SpawnMigrationConfigService
  /** What happened is added to it. */
  readonly report: Report
}

/** Migrates one chunk. The first unit that throws ends the chain. */
export class QueueMigrationService {
  /** Migrates the units of a chunk; answers the next chunk's config, null when there is none. */
  async migrate<Value>(chunk: ChunkMigration<Value>): Promise<MigrationConfig | null> {
    const { config, filter, searcher, processor, spawnService, report } = chunk
    for await (const unit of await searcher.search(filter)) {
      try {
        await processor.process(unit)
      } catch (error) {
        report.add(Report.fromError(error))
        return null
      }
    }
    const next = spawnService.spawn(config, filter)
    if (next !== null) report.add(Report.info('Respawning additional task'))
    else if (config.repeat) report.add(Report.success('All units are processed.'))
    else report.add(Report.success('To repeat this process for further units, provide the flag -rp.'))
    return next
  }
}
