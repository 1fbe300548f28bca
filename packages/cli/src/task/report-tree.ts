import type { Report, ReportType } from '@waybill/core'
import { escapeControl, safeJson } from '../output/escape.ts'
import type { Colours } from '../output/output.ts'

const MARKS: Readonly<
  Record<ReportType, readonly [mark: string, colour: 'green' | 'blue' | 'yellow' | 'red']>
> = {
  success: ['✔', 'green'],
  info: ['ℹ', 'blue'],
  warning: ['⚠', 'yellow'],
  error: ['✖', 'red'],
}

/** How a report is drawn. */
export interface ReportTreeOptions {
  readonly colours: Colours
  /** Before every line. */
  readonly indent?: string
  /** Takes secrets out of a node's data. */
  readonly clean?: (data: unknown) => unknown
  /** A node's data is cut off beyond so many characters. Default 200. */
  readonly dataLength?: number
}

/** Draws a report as a tree: one line for each message, its data behind it. */
export function renderReport(report: Report, options: ReportTreeOptions): string {
  const indent = options.indent ?? ''
  return [...lines(report, options, indent, indent)].join('\n')
}

function* lines(
  report: Report,
  options: ReportTreeOptions,
  lead: string,
  below: string,
): Generator<string, void, undefined> {
  yield `${lead}${node(report, options)}`
  const last = report.children.length - 1
  for (const [index, child] of report.children.entries()) {
    const isLast = index === last
    yield* lines(child, options, `${below}${isLast ? '└─ ' : '├─ '}`, `${below}${isLast ? '   ' : '│  '}`)
  }
}

function node(
  report: Report,
  { colours, clean = (data) => data, dataLength = 200 }: ReportTreeOptions,
): string {
  const [mark, colour] = MARKS[report.type]
  const cut = report.truncated ? colours.dim(' (cut off)') : ''
  return `${colours[colour](mark)} ${escapeControl(report.message)}${dataText(report.data)}${cut}`

  function dataText(data: unknown): string {
    if (data === undefined || data === null) return ''
    const json = safeJson(clean(data))
    return colours.dim(` ${json.length > dataLength ? `${json.slice(0, dataLength)}…` : json}`)
  }
}
