import { subscribe } from 'node:diagnostics_channel'
import { type AroundRun, type ClaimableTaskLogBroker, Report } from '@waybill/core'
import { moment, type Write } from './ledger.ts'

/** Writes down what a worker takes from its log and what it hands back. */
export function recordCalls(log: ClaimableTaskLogBroker, worker: string, write: Write): void {
  const { claim, settle, heartbeat } = log
  log.claim = async (request) => {
    const asked = moment()
    const claims = await claim.call(log, request)
    const at = moment()
    write(
      ...claims.map(
        ({ id, token, queue }) => ({ kind: 'claimed', asked, at, worker, id, token, queue }) as const,
      ),
    )
    return claims
  }
  log.settle = async (settlements) => {
    const asked = moment()
    const answers = await settle.call(log, settlements)
    write(
      ...settlements.map(({ id, token, to, report }, index) => {
        const accepted = answers[index]?.accepted ?? false
        return { kind: 'settled', asked, worker, id, token, to, run: runIn(report), accepted } as const
      }),
    )
    return answers
  }
  log.heartbeat = async (beat) => {
    write({ kind: 'beat', asked: moment(), worker })
    return await heartbeat.call(log, beat)
  }
}

/** Writes down every run, and marks its report with it. */
export function recordRuns(worker: string, write: Write): AroundRun {
  let runs = 0
  return async ({ id, taskName, owner, attempt }, next) => {
    runs += 1
    const run = `run:${worker}:${runs}`
    write({ kind: 'began', at: moment(), worker, run, id, taskName, owner, attempt })
    try {
      const report = await next()
      return report instanceof Report ? report.add(Report.info(run)) : report
    } finally {
      write({ kind: 'ended', at: moment(), run })
    }
  }
}

/** Writes down what went wrong. */
export function recordFaults(worker: string, write: Write): void {
  subscribe('waybill:worker:fault', (message) => {
    const { during, error } = message as { readonly during: string; readonly error: unknown }
    write({ kind: 'fault', at: moment(), worker, during, error: String(error) })
  })
}

/** Which run a report comes from; null when it does not say. */
export function runIn(report: string | null | undefined): string | null {
  return report?.match(/run:[\w-]+:\d+/)?.[0] ?? null
}
