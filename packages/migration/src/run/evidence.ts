import { Report } from '@waybill/core'
import type { AnyMigration } from '../definition/define-migration.ts'
import { addToChecksum } from '../range/checksum.ts'
import type { PassName, RangeState, UnitFailure } from '../range/pass-state.ts'

/** What the evidence of a migration says, for programs. */
export interface Evidence {
  readonly migration: string
  /** The version of the code, as the migration was defined with. */
  readonly version: string | null
  /** The id of the run's task. */
  readonly run: string
  /** Who asked for it. */
  readonly by: string
  /** When the run was asked for, and when the evidence was written; ISO 8601. */
  readonly startedAt: string
  readonly finishedAt: string
  /** Milliseconds spent on chunks, over all ranges and runs. */
  readonly activeMs: number
  /** Milliseconds waited because a health check was bad. */
  readonly waitedMs: number
  /** Units gone through, failed ones included. */
  readonly units: number
  readonly chunks: number
  readonly ranges: number
  /** Units that were left out. */
  readonly failed: number
  readonly failures: readonly UnitFailure[]
  /** Sum of the CRC-32 of the keys of all units gone through, in decimal. */
  readonly checksum: string
  /** After which unit it began and with which it ended; null for the first and the last there was. */
  readonly from: string | null
  readonly to: string | null
  /** The second pass; null when the migration has no verifier. */
  readonly verified: {
    readonly units: number
    readonly wrong: number
    readonly wrongUnits: readonly UnitFailure[]
    readonly checksum: string
  } | null
  /** Every unit was gone through, none failed and none was found wrong. */
  readonly complete: boolean
}

/** Facts of the run that are not in its ranges. */
export interface RunFacts {
  readonly run: string
  readonly by: string
  readonly startedAt: Date
  readonly finishedAt: Date
  /** What the verifier of the whole said; null when it was content, or there is none. */
  readonly wrong: string | null
}

/** Sums up what was done. */
export function evidenceOf(
  migration: AnyMigration,
  ranges: readonly RangeState[],
  facts: RunFacts,
): Evidence {
  const verified = migration.verify === null ? null : totals(ranges, 'verify')
  const processed = totals(ranges, 'process')
  return {
    migration: migration.name,
    version: migration.version,
    run: facts.run,
    by: facts.by,
    startedAt: facts.startedAt.toISOString(),
    finishedAt: facts.finishedAt.toISOString(),
    activeMs: Math.round(processed.activeMs),
    waitedMs: Math.round(processed.waitedMs),
    units: processed.done,
    chunks: processed.chunks,
    ranges: ranges.length,
    failed: processed.failed,
    failures: processed.failures,
    checksum: processed.checksum,
    from: ranges[0]?.from ?? null,
    to: ranges.at(-1)?.to ?? null,
    verified:
      verified === null
        ? null
        : {
            units: verified.done,
            wrong: verified.failed,
            wrongUnits: verified.failures,
            checksum: verified.checksum,
          },
    complete:
      isDone(ranges, 'process') &&
      processed.failed === 0 &&
      (verified === null || (isDone(ranges, 'verify') && verified.failed === 0)) &&
      facts.wrong === null,
  }
}

/** The evidence as a report: what is not as it should be is beneath it. */
export function evidenceReport(evidence: Evidence, wrong: string | null): Report {
  const { failed, units, verified, checksum } = evidence
  const seen = verified === null ? '' : `, ${count(verified.units)} verified`
  const message = `${count(units - failed)} of ${count(units)} units migrated${seen}; checksum of their keys ${checksum}.`
  const report = (evidence.complete ? Report.success : Report.warning)(message, evidence)
  if (failed > 0) {
    report.add(named(Report.warning(`${count(failed)} units failed and were left out.`), evidence.failures))
  }
  if (verified !== null && verified.wrong > 0) {
    report.add(named(Report.error(`${count(verified.wrong)} units were found wrong.`), verified.wrongUnits))
  }
  return wrong === null ? report : report.add(Report.error(`The whole was found wrong: ${wrong}`))
}

function named(report: Report, failures: readonly UnitFailure[]): Report {
  return report.add(...failures.map(({ id, message }) => Report.warning(`${id}: ${message}`)))
}

/** Whether a pass over all ranges has come to its end. */
export function isDone(ranges: readonly RangeState[], pass: PassName): boolean {
  return ranges.every((range) => range[pass].ended)
}

/** The numbers of a pass, over all ranges. */
export interface PassTotals {
  readonly done: number
  readonly failed: number
  readonly failures: readonly UnitFailure[]
  readonly checksum: string
  readonly chunks: number
  readonly activeMs: number
  readonly waitedMs: number
}

/** Sums up a pass over all ranges. */
export function totals(ranges: readonly RangeState[], pass: PassName): PassTotals {
  const passes = ranges.map((range) => range[pass])
  const sum = (member: 'done' | 'failed' | 'chunks' | 'activeMs' | 'waitedMs'): number =>
    passes.reduce((total, state) => total + state[member], 0)
  return {
    done: sum('done'),
    failed: sum('failed'),
    failures: passes.flatMap(({ failures }) => failures),
    checksum: passes.reduce((total, state) => addToChecksum(total, BigInt(state.checksum)), '0'),
    chunks: sum('chunks'),
    activeMs: sum('activeMs'),
    waitedMs: sum('waitedMs'),
  }
}

/** A count for people: `1,000,000`. */
export function count(value: number): string {
  return value.toLocaleString('en')
}
