import { type Entrant, entrantsOn, type LogName } from '../entrants.ts'
import { METRICS, type MetricName } from '../metrics.ts'
import type { Comparison } from './comparison.ts'

const TITLES: Readonly<Record<LogName, string>> = {
  memory: 'in memory',
  sqlite: 'SQLite',
  postgres: 'PostgreSQL',
  mysql: 'MariaDB',
}

/** The whole comparison, a Markdown table for each log. Beside the figure of another: how many times it ours is. */
export function tables(comparison: Comparison, logs: readonly LogName[]): string {
  return logs
    .filter((log) => comparison.metricsOn(log).length > 0)
    .map((log) => table(comparison, log))
    .join('\n\n')
}

function table(comparison: Comparison, log: LogName): string {
  const metrics = comparison.metricsOn(log)
  const entrants = entrantsOn(log, true).filter(({ id }) =>
    metrics.some((metric) => comparison.value(log, metric, id) !== undefined),
  )
  const rows = metrics.map((metric) => [
    `${METRICS[metric].title}, ${METRICS[metric].unit}`,
    ...entrants.map((entrant) => cell(comparison, log, metric, entrant)),
  ])
  const header = [TITLES[log], ...entrants.map(({ title }) => title)]
  const notes = entrants.flatMap(({ title, note }) => (note === undefined ? [] : `${title}: ${note}.`))
  return [...markdown([header, ...rows]), ...(notes.length > 0 ? ['', notes.join(' ')] : [])].join('\n')
}

function cell(comparison: Comparison, log: LogName, metric: MetricName, { id }: Entrant): string {
  const value = comparison.value(log, metric, id)
  if (value === undefined) return '-'
  const ratio = id === 'waybill' ? undefined : comparison.ratio(log, metric, id)
  return ratio === undefined ? figure(value) : `${figure(value)} (${times(ratio)})`
}

/** A Markdown table, its first column to the left and the others to the right. */
export function markdown([header = [], ...rows]: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(header), line(header.map((_, index) => (index === 0 ? '---' : '--:'))), ...rows.map(line)]
}

/** A figure with no more digits than it is worth. */
export function figure(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** How many times something is as much as something else. */
export function times(ratio: number): string {
  return `${ratio.toFixed(ratio < 10 ? 2 : 0)} x`
}
