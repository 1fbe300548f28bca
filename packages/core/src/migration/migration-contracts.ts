/** What one migration task is to do. Spawned from chunk to chunk with `start` moved on. */
export interface MigrationConfig {
  /** Where the chunk begins. */
  readonly start: number
  /** How many units a chunk has, at least 1. */
  readonly chunkSize: number
  /** How many units the searcher may pick at once; 0 for its own choice. */
  readonly pickSize: number
  /** Go on to the very end, chunk after chunk. */
  readonly repeat: boolean
  /** Everything else that was handed in. */
  readonly customParameters: Readonly<Record<string, string>>
}

/** The range a searcher looks in. */
export interface ResultFilter {
  /** First position, inclusive. */
  readonly start: number
  /** Last position, exclusive; never above `max`. */
  readonly end: number
  /** How many positions there are. */
  readonly max: number
}

/** One thing to migrate. */
export interface ResultUnit<Value = unknown> {
  /** Names the unit in reports. */
  readonly id: string
  /** What the processor works on. */
  readonly value: Value
}

/** The units of one chunk, in their order. */
export type ResultUnitCollection<Value = unknown> =
  | Iterable<ResultUnit<Value>>
  | AsyncIterable<ResultUnit<Value>>

/** Makes a {@link MigrationConfig} from a task's parameters. */
export interface MigrationConfigFactory {
  /** @throws InvalidInputError when start, chunkSize, pickSize or repeat is missing or wrong */
  create(parameters: Readonly<Record<string, unknown>>): MigrationConfig
}

/** Makes the filter of a chunk. */
export interface ResultFilterFactory {
  /** `end` is `start + chunkSize`, but never above `max`. */
  create(config: MigrationConfig): Promise<ResultFilter> | ResultFilter
}

/** Finds the units of a chunk. */
export interface ResultSearcher<Value = unknown> {
  /** The units from `start` to `end`. */
  search(filter: ResultFilter): Promise<ResultUnitCollection<Value>> | ResultUnitCollection<Value>
}

/** Migrates one unit. */
export interface ResultUnitProcessor<Value = unknown> {
  /** Throws when the unit could not be migrated. Called again for the same unit after a crash. */
  process(unit: ResultUnit<Value>): Promise<void> | void
}

/** Decides how the chain goes on. */
export interface SpawnMigrationConfigService {
  /** The next chunk's config, with `start = end`; null when this was the last one or `repeat` is not set. */
  spawn(config: MigrationConfig, filter: ResultFilter): MigrationConfig | null
}
