import { encodeJson, MAX_JSON_BYTES } from '../json/encode.ts'
import { normaliseJson } from '../json/normalise.ts'
import { TRUNCATED, tidyText } from '../json/text.ts'
import { utf8Length } from '../json/utf8.ts'
import { MAX_REPORT_DEPTH, type Report, type ReportJson } from './report.ts'

/** What a node costs beside its message and data: member names, punctuation, the mark. */
const NODE_BYTES = 96

/**
 * The JSON text of a report, to be stored: never throws, never above 1 MB, never deeper than 64 reports, readable by
 * `Report.fromJSON`. What does not fit is left out, and the node above it carries `"truncated": true`.
 */
export function encodeReport(report: Report): string {
  return JSON.stringify(shrink(report, { left: MAX_JSON_BYTES }, 1))
}

function shrink(report: Report, budget: { left: number }, depth: number): ReportJson {
  budget.left -= NODE_BYTES
  let message = report.message
  let truncated = report.truncated
  if (!spend(budget, JSON.stringify(message))) {
    message = tidyText(message, Math.max(0, Math.min(100, budget.left)))
    truncated = true
  }
  const data = report.data === undefined ? undefined : dataText(report.data)
  const fits = data === undefined || spend(budget, data)
  const children: ReportJson[] = []
  for (const child of report.children) {
    if (depth === MAX_REPORT_DEPTH || budget.left < 10 * NODE_BYTES) {
      truncated = true
      break
    }
    children.push(shrink(child, budget, depth + 1))
  }
  return {
    type: report.type,
    message,
    ...(data === undefined ? undefined : { data: fits ? JSON.parse(data) : TRUNCATED }),
    ...(children.length === 0 ? undefined : { children }),
    ...(truncated || !fits ? { truncated: true } : undefined),
  }
}

/** Takes a text's bytes from the budget, if it has them. */
function spend(budget: { left: number }, text: string): boolean {
  const bytes = text.length > budget.left ? text.length : utf8Length(text)
  const fits = bytes <= budget.left
  if (fits) budget.left -= bytes
  return fits
}

function dataText(data: unknown): string {
  try {
    return encodeJson(data, 'data')
  } catch {
    return JSON.stringify(normaliseJson(data))
  }
}
