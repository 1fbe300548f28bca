import {
  AbstractTask,
  type MigrationConfig,
  type MigrationConfigFactory,
  Report,
  type ResultFilterFactory,
  type ResultSearcher,
  type ResultUnitProcessor,
  type SpawnMigrationConfigService,
  type TaskClass,
  type TaskContext,
} from '@waybill/core'
import { DefaultMigrationConfigFactory } from './migration-config-factory.ts'
import { MIGRATION_PARAMETERS, type MigrationParameters } from './migration-parameters.ts'
import { QueueMigrationService } from './queue-migration-service.ts'
import { DefaultSpawnMigrationConfigService } from './spawn-migration-config-service.ts'

/**
 * A migration as a chain of tasks: each migrates one chunk and spawns the next. A subclass says `static override readonly
 * taskName` and names searcher, processor and filter factory; the factories of config and chain have defaults. The tasks
 * that follow the first are its children, so that the first one ends as the whole chain does.
 */
export abstract class AbstractMigrationTask<Value = unknown> extends AbstractTask<MigrationParameters> {
  /** What all migration tasks take. */
  static override readonly input: typeof MIGRATION_PARAMETERS = MIGRATION_PARAMETERS
  /** Finds the units of a chunk. */
  protected abstract getResultSearcher(): ResultSearcher<Value>
  /** Migrates one unit. */
  protected abstract getUnitProcessor(): ResultUnitProcessor<Value>
  /** Says where a chunk ends. */
  protected abstract getResultFilterFactory(): ResultFilterFactory

  /** Makes the config of the task's parameters. */
  protected getMigrationConfigFactory(): MigrationConfigFactory {
    return new DefaultMigrationConfigFactory()
  }

  /** Decides how the chain goes on. */
  protected getSpawnMigrationConfigService(): SpawnMigrationConfigService {
    return new DefaultSpawnMigrationConfigService()
  }

  /** Migrates the chunk and spawns the next. */
  override async run(context: TaskContext): Promise<Report> {
    const report = Report.info('Migration task')
    const config = this.getMigrationConfigFactory().create(this.parameters)
    const next = await new QueueMigrationService().migrate({
      config,
      filter: await this.getResultFilterFactory().create(config),
      searcher: this.getResultSearcher(),
      processor: this.getUnitProcessor(),
      spawnService: this.getSpawnMigrationConfigService(),
      report,
    })
    if (next !== null) await this.#respawn(context, next)
    return report
  }

  /** A task that is lost and tried again finds the one it has spawned. */
  async #respawn(context: TaskContext, next: MigrationConfig): Promise<void> {
    const task = this.constructor as TaskClass
    const options = { key: `start=${next.start}`, label: chunkLabel(task.taskName, next) }
    const parameters = parametersOf(next)
    if (context.parentId === null) await context.enqueueChild(task, parameters, options)
    else await context.enqueueSibling(task, parameters, options)
  }
}

/** The parameters of a task with this config. */
export function parametersOf({ customParameters, ...own }: MigrationConfig): MigrationParameters {
  return { ...customParameters, ...own }
}

function chunkLabel(taskName: string, { start, chunkSize }: MigrationConfig): string {
  return `Unit processing by ${taskName} from ${start} with chunk size of ${chunkSize}`.slice(0, 255)
}
