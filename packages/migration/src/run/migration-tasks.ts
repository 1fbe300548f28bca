import {
  type AnyTaskDefinition,
  defineTask,
  InvalidInputError,
  type QueueDispatcher,
  Report,
  type TaskContext,
  type TaskDefinition,
  TaskLogFilter,
  WaybillError,
} from '@waybill/core'
import type { AnyMigration } from '../definition/define-migration.ts'
import { LogPositions, type RangeTaskInput } from '../positions/log-positions.ts'
import { type HeldPass, type PositionStore, RangeLostError } from '../positions/position-store.ts'
import { Control } from '../range/control.ts'
import { NEW_PASS, type PassName, type PassState, type RangeState } from '../range/pass-state.ts'
import type { UnitHandler } from '../range/run-chunk.ts'
import { type PassOutcome, runPass } from '../range/run-pass.ts'
import { rehearsedPass } from './dry-run.ts'
import { estimate } from './estimate.ts'
import { count, evidenceOf, evidenceReport, isDone, totals } from './evidence.ts'
import { describeRate } from './progress-text.ts'
import { dryRunTaskName, evidenceTaskName, pauseTaskName, rangeTaskName, runTaskName } from './task-names.ts'

/** How closely a run is watched. */
export interface WatchOptions {
  /** How often a range asks whether it is paused, in milliseconds. Default 500. */
  readonly pollMs?: number
  /** How long it waits before it asks a bad health check again, in milliseconds. Default 1,000. */
  readonly healthMs?: number
}

/** What a run is handed: the plan. */
export interface RunInput {
  readonly ranges: readonly RangeState[]
}

/** The tasks of one migration. */
export interface MigrationTasks {
  readonly run: TaskDefinition<RunInput, RunInput>
  readonly dryRun: TaskDefinition<RunInput, RunInput>
  readonly pause: AnyTaskDefinition
  readonly all: readonly AnyTaskDefinition[]
  /** Where its positions are kept. */
  readonly positions: PositionStore
}

/**
 * The tasks of a migration: a run, beneath it a task for each pass over each range, and at last one that writes the
 * evidence. A range is taken by one task at a time, and its position moves with its chunks, so a task that is lost and
 * tried again goes on where it was.
 */
export function migrationTasks(
  migration: AnyMigration,
  dispatcher: QueueDispatcher,
  { pollMs = 500, healthMs = 1_000 }: WatchOptions = {},
): MigrationTasks {
  const { name, category, queue } = migration
  const { taskLog, clock } = dispatcher
  const positions: PositionStore = migration.positions ?? new LogPositions(taskLog)
  const retry = { attempts: migration.attempts, backoff: { baseMs: 500, maxMs: 30_000 } }

  const evidence = defineTask<null>({
    name: evidenceTaskName(name),
    label: `Evidence of ${name}`,
    category,
    queue,
    retry,
    async run(_, context) {
      const control = controlOf(context, [])
      try {
        await control.start()
        await control.ready()
      } finally {
        control.end()
      }
      const wrong = await verifyAll(migration)
      const run = await taskLog.getById(context.parentId ?? '')
      const facts = {
        run: run.id,
        by: context.owner,
        startedAt: run.createdAt ?? new Date(clock.now()),
        finishedAt: new Date(clock.now()),
        wrong,
      }
      return evidenceReport(evidenceOf(migration, await positions.load(name), facts), wrong)
    },
  })

  const range = defineTask<RangeTaskInput>({
    name: rangeTaskName(name),
    label: ({ pass, range: { range } }) =>
      `${pass === 'process' ? 'Migrate' : 'Verify'} ${name}, range ${range + 1}`,
    category,
    queue,
    retry,
    async run({ range: planned, pass }, context) {
      const run = context.parentId ?? ''
      const outcome = await goOver(planned, pass, context, (initial) =>
        positions.take({ migration: name, run, range: planned.range, pass, initial, context }),
      ).catch(asReport)
      if (outcome instanceof Report) return outcome
      if (outcome.refused !== null) {
        await stopSiblings(context)
        return overBudget(outcome, migration)
      }
      await goOn(context)
      const { done, failed, checksum, chunks } = outcome.state
      const what = pass === 'process' ? 'migrated' : 'verified'
      const message = `${count(done - failed)} of ${count(done)} units ${what} in ${count(chunks)} chunks.`
      return (failed === 0 ? Report.success : Report.warning)(message, { done, failed, checksum })
    },
  })

  const run = defineTask<RunInput>({
    name: runTaskName(name),
    label: `Migrate ${name}`,
    category,
    queue,
    retry,
    async run({ ranges }, context) {
      await positions.begin(name, context.id, ranges)
      const open = ranges.filter(({ process }) => !process.ended)
      for (const each of open) {
        await context.enqueueChild(range, { range: each, pass: 'process' }, { key: `process ${each.range}` })
      }
      if (open.length === 0) await beginNextPhase(ranges, (...child) => context.enqueueChild(...child))
      const { done, total } = estimate(ranges, 'process', new Set())
      const units = total === null ? 'an unknown number of units' : `${count(total)} units`
      return Report.info(`${units} in ${count(ranges.length)} ranges, ${count(done)} of them done before.`)
    },
  })

  const dryRun = defineTask<RunInput>({
    name: dryRunTaskName(name),
    label: `Dry run of ${name}`,
    category,
    queue,
    retry: { attempts: 1 },
    async run({ ranges }, context) {
      const passes: RangeState[] = []
      for (const each of ranges) {
        const held = rehearsedPass(migration.transactional ? positions : null, each.process)
        const outcome = await goOver(each, 'process', context, async () => held, true)
        if (outcome.refused !== null) return overBudget(outcome, migration)
        passes.push({ ...each, process: outcome.state })
      }
      const { done, failed, failures, activeMs } = totals(passes, 'process')
      const how = migration.transactional
        ? 'migrated and rolled back'
        : 'found; nothing was done with them, for there is no transaction to roll back'
      const report = Report.success(`${count(done)} units ${how}; nothing was kept.`, {
        done,
        failed,
        activeMs,
      })
      return report.add(...failures.map(({ id, message }) => Report.warning(`${id}: ${message}`)))
    },
  })

  const pause = defineTask<null>({
    name: pauseTaskName(name),
    category,
    queue,
    run: () => Report.info('Resumed.'),
  })

  /** One pass over one range. */
  async function goOver(
    planned: RangeState,
    pass: PassName,
    context: TaskContext,
    take: (initial: PassState) => Promise<HeldPass<unknown>>,
    isDryRun = false,
  ): Promise<PassOutcome> {
    const initial = planned[pass]
    const say = (state: PassState, waitsFor: string | null = null): void => {
      const { perSecond, leftMs } = estimate([{ ...planned, [pass]: state }], pass, new Set([planned.range]))
      context.progress(state.done, planned.total, waitsFor ?? describeRate(perSecond, leftMs))
    }
    let last = initial
    const control = controlOf(context, pass === 'process' ? migration.health : [], (reason) =>
      say(last, reason),
    )
    const reader = await migration.source.open(planned)
    try {
      await control.start()
      return await runPass({
        reader,
        readsInside: migration.transactional && migration.positions === migration.source.positions,
        handler: handlerOf(migration, pass, isDryRun),
        take: async () => {
          const held = await take(initial)
          last = held.state
          say(last)
          return migration.transactional || isDryRun ? held : outside(held)
        },
        unitContext: { migration: name, range: planned.range, dryRun: isDryRun, signal: context.signal },
        context,
        clock,
        control,
        chunk: migration.chunk,
        budgetLeft: async () =>
          pass === 'verify'
            ? Number.POSITIVE_INFINITY
            : migration.errorBudget -
              (isDryRun ? last.failed : totals(await positions.load(name), 'process').failed),
        isTransient: (error) =>
          positions.isTransient(error) || (WaybillError.isInstance(error) && error.retryable),
        onChunk: (state) => {
          last = state
          say(state)
        },
      })
    } finally {
      control.end()
      await reader.close()
    }
  }

  function controlOf(
    context: TaskContext,
    health: AnyMigration['health'],
    onWait: (reason: string | null) => void = () => {},
  ): Control {
    const run = context.parentId
    return new Control({
      context,
      clock,
      health,
      pollMs,
      healthMs,
      onWait,
      pausedBy: async () => (run === null ? null : await pausedBy(dispatcher, name, run)),
    })
  }

  /** Begins what follows, once the pass is done on all ranges. Of the last two to come here both may: a key admits one. */
  async function goOn(context: TaskContext): Promise<void> {
    await beginNextPhase(await positions.load(name), (...sibling) => context.enqueueSibling(...sibling))
  }

  async function beginNextPhase(
    ranges: readonly RangeState[],
    enqueue: TaskContext['enqueueSibling'],
  ): Promise<void> {
    if (!isDone(ranges, 'process')) return
    if (migration.verify === null || isDone(ranges, 'verify')) {
      await enqueue(evidence, null, { key: 'evidence' })
      return
    }
    for (const { range: number, from, to, total } of ranges) {
      const planned = { range: number, from, to, total, process: NEW_PASS, verify: NEW_PASS }
      await enqueue(range, { range: planned, pass: 'verify' }, { key: `verify ${number}` })
    }
  }

  /** The error budget is that of the whole: with one range over it the others stop too. */
  async function stopSiblings(context: TaskContext): Promise<void> {
    const siblings = new TaskLogFilter().eq('parentId', context.parentId ?? '').neq('id', context.id)
    await taskLog.cancelAll(siblings.in('status', ['enqueued', 'dequeued', 'running']))
  }

  return { run, dryRun, pause, positions, all: [run, range, evidence, dryRun, pause] }
}

/** What no further attempt would mend is final. */
function asReport(error: unknown): Report {
  if (error instanceof InvalidInputError || error instanceof RangeLostError) return Report.fromError(error)
  throw error
}

/** Who has paused a run; null when nobody has. A pause is an entry of the log that stays queued until it is cancelled. */
export async function pausedBy(
  { taskLog }: QueueDispatcher,
  migration: string,
  run: string,
): Promise<string | null> {
  const filter = new TaskLogFilter()
    .eq('parentId', run)
    .eq('taskName', pauseTaskName(migration))
    .eq('status', 'enqueued')
  const [pause] = await taskLog.search(filter.limit(1))
  if (pause === undefined) return null
  const { by } = (pause.metadata ?? {}) as { readonly by?: unknown }
  return typeof by === 'string' ? by : 'somebody'
}

/** Where chunk and position cannot be committed together: first the chunk, then the position. */
function outside(held: HeldPass<unknown>): HeldPass<unknown> {
  return {
    get state(): PassState {
      return held.state
    },
    async commit(work) {
      const state = await work(null)
      await held.commit(() => state)
    },
  }
}

function handlerOf(
  migration: AnyMigration,
  pass: PassName,
  isDryRun: boolean,
): UnitHandler<unknown, unknown> {
  if (pass === 'verify') return migration.verify ?? NOTHING
  return isDryRun && !migration.transactional ? NOTHING : migration.process
}

const NOTHING: UnitHandler<unknown, unknown> = { kind: 'unit', judges: false, run: () => {} }

async function verifyAll({ verifyAll }: AnyMigration): Promise<string | null> {
  if (verifyAll === null) return null
  try {
    return (await verifyAll()) === false ? 'the verifier answered false' : null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function overBudget({ state, refused }: PassOutcome, { errorBudget }: AnyMigration): Report {
  const { id, message } = refused ?? { id: '', message: '' }
  const report = Report.error(
    `Stopped at unit ${id}: it failed, and the error budget of ${count(errorBudget)} is used up. Mend it, then run the migration again; it goes on with this unit.`,
    { unit: id, position: state.position, done: state.done },
  )
  const named = [...state.failures, { id, message }]
  return report.add(...named.map((failure) => Report.warning(`${failure.id}: ${failure.message}`)))
}
