/** How a metric is told. */
export interface Metric {
  readonly title: string
  readonly unit: 'tasks/s' | 'ms' | 'us' | 'MB'
}

/** All that is measured. */
export const METRICS = {
  enqueue1: { title: 'enqueue, one per call, 16 callers', unit: 'tasks/s' },
  bulk: { title: 'enqueue, 1,000 per call', unit: 'tasks/s' },
  drain: { title: 'drain, one worker process', unit: 'tasks/s' },
  cpu: { title: 'cpu of the worker per task', unit: 'us' },
  latencyP50: { title: 'latency, p50', unit: 'ms' },
  latencyP99: { title: 'latency, p99', unit: 'ms' },
  latencyHereP50: { title: 'latency in one process, p50', unit: 'ms' },
  latencyHereP99: { title: 'latency in one process, p99', unit: 'ms' },
  endToEnd: { title: 'enqueue and drain at once', unit: 'tasks/s' },
  allInBulk: { title: 'all in, 1,000 per call', unit: 'us' },
  allInSingly: { title: 'all in, one per call', unit: 'us' },
  drainEmpty: { title: 'drain, nothing beside', unit: 'tasks/s' },
  drainFinished: { title: 'drain beside 5,000,000 finished', unit: 'tasks/s' },
  drainWaiting: { title: 'drain with 1,000,000 waiting', unit: 'tasks/s' },
  drainNotDue: { title: 'drain behind 100,000 not due', unit: 'tasks/s' },
  drainOpen: { title: 'drain beside an open transaction', unit: 'tasks/s' },
  memoryGrowth: { title: 'memory gained over 1,000,000 tasks', unit: 'MB' },
  memoryGrowthSmall: { title: 'memory gained over 1,000,000 tasks, small heap', unit: 'MB' },
  pageP50: { title: 'page of 20 in 5,000,000, p50', unit: 'ms' },
  pageP99: { title: 'page of 20 in 5,000,000, p99', unit: 'ms' },
  statusP50: { title: 'status summary in 5,000,000, p50', unit: 'ms' },
  statusP99: { title: 'status summary in 5,000,000, p99', unit: 'ms' },
  recovery: { title: 'killed worker, until all is started again', unit: 'ms' },
} as const satisfies Readonly<Record<string, Metric>>

/** A key of {@link METRICS}. */
export type MetricName = keyof typeof METRICS

/** The value in the middle; the mean of both where there are two. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}

/** The value below which a share of the values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right)
  const place = (sorted.length - 1) * share
  const below = sorted[Math.floor(place)] ?? Number.NaN
  const above = sorted[Math.ceil(place)] ?? Number.NaN
  return below + (above - below) * (place - Math.floor(place))
}
