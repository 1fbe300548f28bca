import { entrantsOn, type LogName } from '../entrants.ts'
import { METRICS, type MetricName } from '../metrics.ts'
import type { Comparison } from './comparison.ts'
import { figure } from './table.ts'

const GROUPS: readonly (readonly [LogName, MetricName, string])[] = [
  ['postgres', 'drain', 'PostgreSQL: drain'],
  ['postgres', 'enqueue1', 'PostgreSQL: enqueue one by one, 16 callers'],
  ['sqlite', 'drain', 'SQLite: drain'],
  ['mysql', 'drain', 'MariaDB: drain'],
]

const [WIDTH, NAMES, FIGURES] = [760, 190, 80]
const [BAR, GAP, TITLE, SPACE] = [18, 6, 26, 18]
const COLOURS = { waybill: '#0969da', floor: '#8c959f', peer: '#bf8700' } as const

/** Bars for the README: each group has a scale of its own, from nothing to its best. */
export function chart(comparison: Comparison): string {
  let y = SPACE
  const parts: string[] = []
  for (const [log, metric, title] of GROUPS) {
    const bars = entrantsOn(log, true).flatMap(({ id, title: name, kind }) => {
      const value = comparison.value(log, metric, id)
      return value === undefined ? [] : [{ name, kind, value }]
    })
    if (bars.length === 0) continue
    parts.push(`<text class="title" x="0" y="${y + 12}">${title}, ${METRICS[metric].unit}</text>`)
    y += TITLE
    const best = Math.max(...bars.map(({ value }) => value))
    for (const { name, kind, value } of bars) {
      const length = Math.max(1, ((WIDTH - NAMES - FIGURES) * value) / best)
      const middle = y + BAR / 2 + 4
      parts.push(
        `<text x="${NAMES - 8}" y="${middle}" text-anchor="end">${name}</text>`,
        `<rect x="${NAMES}" y="${y}" width="${length.toFixed(1)}" height="${BAR}" rx="2" fill="${COLOURS[kind]}"/>`,
        `<text x="${(NAMES + length + 6).toFixed(1)}" y="${middle}">${figure(value)}</text>`,
      )
      y += BAR + GAP
    }
    y += SPACE
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y}" viewBox="0 0 ${WIDTH} ${y}" role="img">
<title>Tasks per second: Waybill, the least any queue could do, and other queues</title>
<style>
text { font: 13px system-ui, sans-serif; fill: #57606a }
.title { font-weight: 600 }
@media (prefers-color-scheme: dark) { text { fill: #9ea7b3 } }
</style>
${parts.join('\n')}
</svg>
`
}
