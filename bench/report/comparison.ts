import type { Series } from '../bench.ts'
import type { LogName } from '../entrants.ts'
import { type MetricName, median } from '../metrics.ts'

/** Finds what was measured. */
export class Comparison {
  readonly #series: readonly Series[]

  constructor(series: readonly Series[]) {
    this.#series = series
  }

  /** The median of an entrant's rounds; undefined when it was not measured. */
  value(log: LogName, metric: MetricName, entrant = 'waybill'): number | undefined {
    const values = this.#values(log, metric, entrant)
    return values === undefined ? undefined : median(values)
  }

  /** How many times another's figure Waybill's is: the median of the rounds, in each of which both met the same machine. */
  ratio(log: LogName, metric: MetricName, other: string): number | undefined {
    return this.ratioOf([log, metric, 'waybill'], [log, metric, other])
  }

  /** The same for any two figures. */
  ratioOf(
    one: readonly [LogName, MetricName, string],
    other: readonly [LogName, MetricName, string],
  ): number | undefined {
    const [values, others] = [this.#values(...one), this.#values(...other)]
    if (values === undefined || others === undefined) return undefined
    const rounds = Math.min(values.length, others.length)
    return median(Array.from({ length: rounds }, (_, round) => (values[round] ?? 0) / (others[round] ?? 0)))
  }

  /** The metrics that were measured on a log, in the order in which they were. */
  metricsOn(log: LogName): MetricName[] {
    return [...new Set(this.#series.filter((each) => each.log === log).map(({ metric }) => metric))]
  }

  #values(log: LogName, metric: MetricName, entrant: string): readonly number[] | undefined {
    return this.#series.find((each) => each.log === log && each.metric === metric && each.entrant === entrant)
      ?.values
  }
}
