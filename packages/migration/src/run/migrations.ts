import {
  type EnqueuedTask,
  InvalidInputError,
  isEnded,
  NotFoundError,
  Queue,
  type QueueDispatcher,
  type TaskLogEntity,
  TaskLogFilter,
  WaybillError,
} from '@waybill/core'
import type { AnyMigration } from '../definition/define-migration.ts'
import { newRange } from '../positions/range-table.ts'
import { NEW_PASS, type RangeState } from '../range/pass-state.ts'
import { type Estimate, estimate } from './estimate.ts'
import { type Evidence, isDone, totals } from './evidence.ts'
import { type MigrationStatus, statusOf } from './migration-status.ts'
import { type MigrationTasks, migrationTasks, type RunInput, type WatchOptions } from './migration-tasks.ts'
import { dryRunTaskName, evidenceTaskName, pauseTaskName, runTaskName } from './task-names.ts'

/** Options of {@link createMigrations}. */
export interface MigrationsOptions extends WatchOptions {
  /** Whose tasks, queues and log. Its registry gets the tasks, and its queues the one for migrations where it has none. */
  readonly dispatcher: QueueDispatcher
  /** The migrations; names are unique. */
  readonly migrations: readonly AnyMigration[]
}

/** What a run would do. */
export interface MigrationPlan {
  readonly migration: string
  /** It goes on where an earlier run stopped. */
  readonly resumes: boolean
  readonly ranges: readonly RangeState[]
  /** Units, and how many of them are done; how long the rest takes, when a run before this one was measured. */
  readonly estimate: Estimate
}

/** How a run is begun. */
export interface RunOptions {
  /** Into how many ranges at most it is cut, instead of the definition's. Only where it begins anew. */
  readonly ranges?: number
  /** Begins anew, whatever has been done. Default: goes on where it stopped. */
  readonly restart?: boolean
  /** Who asks for it. Default: the dispatcher's current owner. */
  readonly owner?: string
}

/** Whether a migration is provably done, and if not, why. */
export interface MigrationProof {
  readonly done: boolean
  /** One sentence for people. */
  readonly reason: string
}

/** Far enough: nothing is due in the year 9999. */
const NEVER = new Date(Date.UTC(9999, 0, 1))

/** Runs migrations through the queue, and says where they stand. Needed wherever they are begun, watched or worked on. */
export function createMigrations(options: MigrationsOptions): Migrations {
  return new Migrations(options)
}

/** See {@link createMigrations}. */
export class Migrations {
  readonly #dispatcher: QueueDispatcher
  readonly #migrations: Map<string, { readonly migration: AnyMigration; readonly tasks: MigrationTasks }> =
    new Map()

  /** @throws InvalidInputError when two migrations have one name */
  constructor({ dispatcher, migrations, ...watch }: MigrationsOptions) {
    this.#dispatcher = dispatcher
    for (const migration of migrations) {
      if (this.#migrations.has(migration.name)) {
        throw new InvalidInputError('migrations', `there are two named ${JSON.stringify(migration.name)}`)
      }
      if (!dispatcher.hasQueue(migration.queue)) {
        dispatcher.addQueue(new Queue(migration.queue, dispatcher.getDefaultQueue().broker))
      }
      const tasks = migrationTasks(migration, dispatcher, watch)
      for (const task of tasks.all) dispatcher.tasks.register(task)
      this.#migrations.set(migration.name, { migration, tasks })
    }
  }

  /** The names of all migrations, in the order in which they were given. */
  names(): readonly string[] {
    return [...this.#migrations.keys()]
  }

  /** A migration. @throws NotFoundError */
  get(name: string): AnyMigration {
    return this.#get(name).migration
  }

  /** What a run would do now. Counts what the source has; changes nothing but making the table for positions. */
  async plan(name: string, options: Pick<RunOptions, 'ranges' | 'restart'> = {}): Promise<MigrationPlan> {
    const { migration, tasks } = this.#get(name)
    await tasks.positions.prepare()
    const before = await tasks.positions.load(name)
    const resumes = before.length > 0 && options.restart !== true
    const ranges = resumes
      ? before.map((range) => ({ ...range, verify: NEW_PASS }))
      : (await migration.source.plan(options.ranges ?? migration.ranges)).map((range, index) =>
          newRange({ ...range, range: index }),
        )
    return { migration: name, resumes, ranges, estimate: await this.#estimate(name, before, ranges) }
  }

  /** What is left takes as long as what was done before, in a run or else in a dry run, on one range after another. */
  async #estimate(
    name: string,
    before: readonly RangeState[],
    ranges: readonly RangeState[],
  ): Promise<Estimate> {
    const { done, total } = estimate(ranges, 'process', new Set())
    const inRun = totals(before, 'process')
    const measured = inRun.activeMs > 0 ? inRun : await this.#lastDryRun(name)
    const perMs = measured === null || measured.activeMs === 0 ? null : measured.done / measured.activeMs
    return {
      done,
      total,
      perSecond: perMs === null ? null : perMs * 1_000,
      leftMs: total === null || perMs === null ? null : (total - done) / perMs,
    }
  }

  /**
   * Begins a run, or goes on with one that stopped. Resolves once it is in the log; workers do the rest.
   * @throws NotFoundError; WaybillError `not_allowed` when it is running, or done and `restart` is not set
   */
  async run(name: string, options: RunOptions = {}): Promise<EnqueuedTask> {
    const { tasks } = this.#get(name)
    const runs = new TaskLogFilter().eq('taskName', runTaskName(name))
    const last = await this.#lastRun(name)
    if (last !== null && !isEnded(last.status)) throw alreadyRunning(name, last)
    const { ranges, resumes } = await this.plan(name, options)
    if (resumes && (await this.ensure(name)).done) {
      throw new WaybillError(
        'not_allowed',
        `The migration ${JSON.stringify(name)} has been done. To do it again, restart it.`,
      )
    }
    // Of two who begin it at the same time one gets the other's run, or is told that it is running.
    const idempotencyKey = `migration:${name}:${await this.#dispatcher.taskLog.count(runs)}`
    const owner = options.owner ?? this.#dispatcher.getOwner()
    return await this.#dispatcher.enqueue(tasks.run, { ranges }, { owner, idempotencyKey })
  }

  /** Goes over everything and rolls it back, or, where there is no transaction, only finds it. Its report says what came of it. */
  async dryRun(name: string, options: Pick<RunOptions, 'ranges' | 'owner'> = {}): Promise<EnqueuedTask> {
    const { migration, tasks } = this.#get(name)
    await tasks.positions.prepare()
    const planned = await migration.source.plan(options.ranges ?? migration.ranges)
    const ranges = planned.map((range, index) => newRange({ ...range, range: index }))
    const owner = options.owner ?? this.#dispatcher.getOwner()
    return await this.#dispatcher.enqueue(tasks.dryRun, { ranges }, { owner })
  }

  /**
   * Pauses a run: every range stops after the unit at hand, commits what it has done and waits. The pause is an entry of
   * the log beneath the run.
   *
   * @throws NotFoundError; WaybillError `not_allowed` when it is not running
   */
  async pause(name: string, options: { readonly by?: string } = {}): Promise<void> {
    const { migration } = this.#get(name)
    const run = await this.#openRun(name)
    const by = options.by ?? this.#dispatcher.getOwner()
    if (await this.#pauses(name, run.id).then((pauses) => pauses.length > 0)) return
    // The queue is not told: nothing is to be done.
    await this.#dispatcher.taskLog.add({
      taskName: pauseTaskName(name),
      queue: migration.queue,
      category: migration.category,
      owner: run.owner ?? by,
      parentId: run.id,
      label: `Pause of ${name}`,
      metadata: { by },
      runAt: NEVER,
    })
  }

  /** Lets a paused run go on. @throws NotFoundError; WaybillError `not_allowed` when it is not running */
  async resume(name: string): Promise<void> {
    const run = await this.#openRun(name)
    await this.#dispatcher.taskLog.cancelCollection(await this.#pauses(name, run.id))
  }

  /**
   * Asks a run to stop: every range stops after the unit at hand and commits what it has done. A later run goes on there.
   * @throws NotFoundError; WaybillError `not_allowed` when it is not running
   */
  async cancel(name: string): Promise<'cancelled' | 'requested'> {
    const run = await this.#openRun(name)
    return await this.#dispatcher.taskLog.cancel(run)
  }

  /** Where a migration stands. @throws NotFoundError */
  async status(name: string): Promise<MigrationStatus> {
    const { migration, tasks } = this.#get(name)
    await tasks.positions.prepare()
    const run = await this.#lastRun(name)
    // Until a run begins, the positions are those of the run before.
    const hasBegun = run === null || isEnded(run.status) || run.attempt > 0
    return await statusOf({
      migration,
      dispatcher: this.#dispatcher,
      run,
      ranges: hasBegun ? await tasks.positions.load(name) : (run.parameters as RunInput).ranges,
      evidence: run === null ? null : await this.#evidence(name, run),
    })
  }

  /** Where all migrations stand, in the order in which they were given. */
  async list(): Promise<readonly MigrationStatus[]> {
    const all: MigrationStatus[] = []
    for (const name of this.names()) all.push(await this.status(name))
    return all
  }

  /**
   * Whether a migration is provably done: its evidence says that every unit was gone through, none failed and none was
   * found wrong. Where the log has been pruned since, the positions have to say so.
   */
  async ensure(name: string): Promise<MigrationProof> {
    const { migration, tasks } = this.#get(name)
    await tasks.positions.prepare()
    const run = await this.#lastRun(name)
    const ranges = await tasks.positions.load(name)
    const not = (reason: string): MigrationProof => ({
      done: false,
      reason: `${name} is not done: ${reason}`,
    })
    if (run === null) {
      if (ranges.length === 0) return not('it never ran.')
      const processed = totals(ranges, 'process')
      const verified =
        migration.verify === null || (isDone(ranges, 'verify') && totals(ranges, 'verify').failed === 0)
      if (!isDone(ranges, 'process') || processed.failed > 0 || !verified) return not('its positions say so.')
      return { done: true, reason: `${name} is done: its positions say so; its run is no longer in the log.` }
    }
    if (!isEnded(run.status)) return not(`its run ${run.id} is ${run.statusLabel.toLowerCase()}.`)
    const evidence = await this.#evidence(name, run)
    if (evidence === null) return not(`its run ${run.id} has ${run.outcome ?? run.status}.`)
    if (evidence.failed > 0) return not(`${evidence.failed} units failed and were left out.`)
    if (!evidence.complete) return not('it was found wrong.')
    return {
      done: true,
      reason: `${name} is done: ${evidence.units} units, finished ${evidence.finishedAt}.`,
    }
  }

  /** Works on migrations here until the run has ended: see {@link workOn}. */
  get dispatcher(): QueueDispatcher {
    return this.#dispatcher
  }

  async #lastRun(name: string): Promise<TaskLogEntity | null> {
    return await this.#last(new TaskLogFilter().eq('taskName', runTaskName(name)))
  }

  async #lastDryRun(name: string): Promise<{ readonly done: number; readonly activeMs: number } | null> {
    const dryRuns = new TaskLogFilter().eq('taskName', dryRunTaskName(name)).eq('status', 'completed')
    return ((await this.#last(dryRuns))?.report?.data ?? null) as { done: number; activeMs: number } | null
  }

  async #last(filter: TaskLogFilter): Promise<TaskLogEntity | null> {
    const [entry] = await this.#dispatcher.taskLog.search(filter.sortBy('createdAt', 'descending').limit(1))
    return entry ?? null
  }

  async #openRun(name: string): Promise<TaskLogEntity> {
    this.#get(name)
    const run = await this.#lastRun(name)
    if (run !== null && !isEnded(run.status)) return run
    throw new WaybillError('not_allowed', `The migration ${JSON.stringify(name)} is not running.`)
  }

  async #pauses(name: string, run: string): Promise<readonly TaskLogEntity[]> {
    const filter = new TaskLogFilter().eq('parentId', run).eq('taskName', pauseTaskName(name))
    return [...(await this.#dispatcher.taskLog.search(filter.eq('status', 'enqueued')))]
  }

  async #evidence(name: string, run: TaskLogEntity): Promise<Evidence | null> {
    const filter = new TaskLogFilter().eq('parentId', run.id).eq('taskName', evidenceTaskName(name))
    const [entry] = await this.#dispatcher.taskLog.search(filter.limit(1))
    return (entry?.report?.data as Evidence | undefined) ?? null
  }

  #get(name: string): { readonly migration: AnyMigration; readonly tasks: MigrationTasks } {
    const found = this.#migrations.get(name)
    if (found === undefined) {
      throw new NotFoundError('migration', name, `There are: ${this.names().join(', ') || 'none'}.`)
    }
    return found
  }
}

function alreadyRunning(name: string, run: TaskLogEntity): WaybillError {
  return new WaybillError(
    'not_allowed',
    `The migration ${JSON.stringify(name)} is running already: task ${run.id}. Cancel it first, or wait for it.`,
  )
}
