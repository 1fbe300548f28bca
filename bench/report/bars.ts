import type { LogName } from '../entrants.ts'
import type { MetricName } from '../metrics.ts'
import type { Comparison } from './comparison.ts'
import { figure, markdown, times } from './table.ts'

/** What Waybill has set itself. */
interface Bar {
  readonly title: string
  readonly measured: number | undefined
  readonly atLeast?: number
  readonly atMost?: number
  readonly isRatio: boolean
}

/** A bar and whether it is met; undefined when it was not measured. */
export interface Judged extends Bar {
  readonly isMet: boolean | undefined
}

/** All bars, with what this run has measured. */
export function judge(comparison: Comparison): Judged[] {
  return barsOf(comparison).map((bar) => {
    const { measured, atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY } = bar
    return { ...bar, isMet: measured === undefined ? undefined : measured >= atLeast && measured <= atMost }
  })
}

function barsOf(comparison: Comparison): Bar[] {
  const times = (title: string, log: LogName, metric: MetricName, other: string, atLeast: number): Bar => ({
    title,
    measured: comparison.ratio(log, metric, other),
    atLeast,
    isRatio: true,
  })
  const most = (title: string, log: LogName, metric: MetricName, atMost: number): Bar => ({
    title,
    measured: comparison.value(log, metric),
    atMost,
    isRatio: false,
  })
  const asEmpty = (title: string, log: LogName, metric: MetricName): Bar => ({
    title: `${title}, of the rate of an empty log`,
    measured: comparison.ratioOf([log, metric, 'waybill'], [log, 'drainEmpty', 'waybill']),
    atLeast: 0.9,
    isRatio: true,
  })
  const databases = [
    ['postgres', 'PostgreSQL'],
    ['mysql', 'MariaDB'],
    ['sqlite', 'SQLite'],
  ] as const
  return [
    times('PostgreSQL drain, of the floor', 'postgres', 'drain', 'floor', 0.75),
    times('PostgreSQL drain, of graphile-worker', 'postgres', 'drain', 'graphile-worker', 1.3),
    times('PostgreSQL drain, of BullMQ on Redis', 'postgres', 'drain', 'bullmq-redis', 2),
    times('PostgreSQL drain, of pg-boss', 'postgres', 'drain', 'pg-boss', 6),
    times('PostgreSQL enqueue1, of the floor', 'postgres', 'enqueue1', 'floor', 2.5),
    times('PostgreSQL enqueue1, of BullMQ on Redis', 'postgres', 'enqueue1', 'bullmq-redis', 1),
    times('PostgreSQL enqueue1, of pg-boss', 'postgres', 'enqueue1', 'pg-boss', 6),
    times('PostgreSQL bulk, of the floor', 'postgres', 'bulk', 'floor', 0.85),
    times('SQLite drain, of the floor', 'sqlite', 'drain', 'floor', 0.6),
    times('SQLite drain, of plainjob', 'sqlite', 'drain', 'plainjob', 10),
    times('SQLite enqueue1, of the floor', 'sqlite', 'enqueue1', 'floor', 3),
    times('MariaDB drain, of the floor', 'mysql', 'drain', 'floor', 0.7),
    times('MariaDB bulk, of the floor', 'mysql', 'bulk', 'floor', 0.7),
    ...(['postgres', 'mysql'] as const).flatMap((log) => [
      most(`latency on ${log}, p50, ms`, log, 'latencyP50', 3),
      most(`latency on ${log}, p99, ms`, log, 'latencyP99', 8),
    ]),
    most('latency on SQLite in one process, p50, ms', 'sqlite', 'latencyHereP50', 0.5),
    most('latency on SQLite from another process, p50, ms', 'sqlite', 'latencyP50', 10),
    ...databases.map(([log, title]) => most(`cpu per task in drain on ${title}, us`, log, 'cpu', 15)),
    ...databases.flatMap(([log, title]) => [
      asEmpty(`${title} drain beside 5,000,000 finished`, log, 'drainFinished'),
      asEmpty(`${title} drain with 1,000,000 waiting`, log, 'drainWaiting'),
      asEmpty(`${title} drain behind 100,000 not due`, log, 'drainNotDue'),
      asEmpty(`${title} drain beside an open transaction`, log, 'drainOpen'),
      most(`${title} page in 5,000,000, p99, ms`, log, 'pageP99', 20),
      most(`${title} status summary in 5,000,000, p99, ms`, log, 'statusP99', 50),
      most(`${title} memory gained over 1,000,000 tasks, MB`, log, 'memoryGrowth', 50),
      most(`${title} memory gained over 1,000,000 tasks, small heap, MB`, log, 'memoryGrowthSmall', 50),
    ]),
    most('memory broker and log, all in per task, us', 'memory', 'allInBulk', 4),
  ]
}

/** The bars as a Markdown table. */
export function barsTable(judged: readonly Judged[]): string {
  const rows = judged.map(({ title, measured, atLeast, atMost = 0, isRatio, isMet }) => {
    const told = isRatio ? times : figure
    const bar = atLeast === undefined ? `<= ${told(atMost)}` : `>= ${told(atLeast)}`
    return [title, bar, measured === undefined ? '-' : told(measured), verdict(isMet)]
  })
  return markdown([['', 'bar', 'measured', ''], ...rows]).join('\n')
}

function verdict(isMet: boolean | undefined): string {
  if (isMet === undefined) return 'not measured'
  return isMet ? 'met' : '**missed**'
}
