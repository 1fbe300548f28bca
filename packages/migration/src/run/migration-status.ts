import {
  isEnded,
  type QueueDispatcher,
  type TaskLogEntity,
  TaskLogFilter,
  type TaskProgress,
} from '@waybill/core'
import type { AnyMigration } from '../definition/define-migration.ts'
import type { RangeTaskInput } from '../positions/log-positions.ts'
import type { PassName, RangeState, UnitFailure } from '../range/pass-state.ts'
import { type Estimate, estimate } from './estimate.ts'
import { type Evidence, isDone, totals } from './evidence.ts'
import { pausedBy } from './migration-tasks.ts'
import { rangeTaskName } from './task-names.ts'

/** Where a migration stands. In two phases where ranges have to agree: first asked for, then so. */
export type MigrationState =
  | 'never'
  | 'queued'
  | 'running'
  | 'pausing'
  | 'paused'
  | 'cancelling'
  | 'cancelled'
  | 'failed'
  | 'completed'

/** See `Migrations.status`. */
export interface MigrationStatus {
  readonly migration: string
  readonly description: string | null
  readonly state: MigrationState
  /** The run's task; null when it never ran, or its run is no longer in the log. */
  readonly run: string | null
  /** Who asked for the run. */
  readonly by: string | null
  readonly startedAt: Date | null
  readonly finishedAt: Date | null
  /** Which pass is under way, or was the last. */
  readonly pass: PassName
  /** How far that pass is. */
  readonly estimate: Estimate
  /** Units that failed, in the first pass. */
  readonly failed: number
  readonly failures: readonly UnitFailure[]
  /** What its ranges wait for, for people. */
  readonly waitsFor: readonly string[]
  readonly ranges: readonly RangeState[]
  /** Its evidence, once it is written. */
  readonly evidence: Evidence | null
}

/** What a status is made of. */
export interface StatusParts {
  readonly migration: AnyMigration
  readonly dispatcher: QueueDispatcher
  readonly run: TaskLogEntity | null
  readonly ranges: readonly RangeState[]
  readonly evidence: Evidence | null
}

/** Puts together what log and positions say. */
export async function statusOf(parts: StatusParts): Promise<MigrationStatus> {
  const { migration, dispatcher, run, ranges, evidence } = parts
  const held = run === null || isEnded(run.status) ? [] : await heldRanges(dispatcher, migration.name, run.id)
  const paused =
    run === null || isEnded(run.status) ? null : await pausedBy(dispatcher, migration.name, run.id)
  const pass: PassName =
    migration.verify !== null && ranges.length > 0 && isDone(ranges, 'process') ? 'verify' : 'process'
  const underWay = new Set(held.map(({ parameters }) => (parameters as RangeTaskInput).range.range))
  const processed = totals(ranges, 'process')
  return {
    migration: migration.name,
    description: migration.description,
    state: stateOf(run, paused, held),
    run: run?.id ?? null,
    by: run?.owner ?? null,
    startedAt: run?.createdAt ?? null,
    finishedAt: run?.finishedAt ?? null,
    pass,
    estimate: estimate(ranges, pass, underWay),
    failed: processed.failed,
    failures: processed.failures,
    waitsFor: [...new Set(held.map(messageOf).filter(isWaiting))],
    ranges,
    evidence,
  }
}

function stateOf(
  run: TaskLogEntity | null,
  paused: string | null,
  held: readonly TaskLogEntity[],
): MigrationState {
  if (run === null) return 'never'
  if (isEnded(run.status)) return run.outcome ?? 'cancelled'
  if (run.cancelRequested) return 'cancelling'
  if (paused !== null)
    return held.every((range) => messageOf(range).startsWith('Paused')) ? 'paused' : 'pausing'
  return run.status === 'enqueued' ? 'queued' : 'running'
}

async function heldRanges(
  { taskLog }: QueueDispatcher,
  migration: string,
  run: string,
): Promise<readonly TaskLogEntity[]> {
  const filter = new TaskLogFilter().eq('parentId', run).eq('taskName', rangeTaskName(migration))
  return [...(await taskLog.search(filter.in('status', ['dequeued', 'running']).limit(500)))]
}

function messageOf({ progress }: TaskLogEntity): string {
  return (progress as TaskProgress | null | undefined)?.message ?? ''
}

function isWaiting(message: string): boolean {
  return /^(Paused|Waiting)/.test(message)
}
