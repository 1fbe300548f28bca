import CliTable from 'cli-table3'
import stringWidth from 'string-width'
import type { Cell, Column } from './column.ts'
import { escapeControl } from './escape.ts'
import { relativeTime } from './moments.ts'
import type { Colours, Output } from './output.ts'

const GAP = 2
const NARROWEST_CELL = 10

/**
 * Writes rows: a table that fits on a terminal (first columns are cut off, then left out, then every row becomes a block
 * of lines), lines of tab-separated values with ISO dates elsewhere.
 */
export async function writeTable<Row>(
  output: Output,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): Promise<void> {
  const { terminal, width } = output.surroundings
  const now = Date.now()
  if (!terminal) {
    await output.line(columns.map(({ title }) => title).join('\t'))
    for (const row of rows)
      await output.line(columns.map(({ value }) => plainText(value(row), null)).join('\t'))
    return
  }
  if (rows.length === 0) return
  const sheet = columns.map((column) => measure(column, rows, now))
  await output.line(renderTable(sheet, rows, width, output.colours))
}

interface MeasuredColumn<Row> {
  readonly column: Column<Row>
  readonly cells: readonly string[]
  readonly width: number
}

function measure<Row>(column: Column<Row>, rows: readonly Row[], now: number): MeasuredColumn<Row> {
  const cells = rows.map((row) => plainText(column.value(row), now))
  const width = Math.max(stringWidth(column.title), ...cells.map((cell) => stringWidth(cell)))
  return { column, cells, width }
}

function renderTable<Row>(
  sheet: readonly MeasuredColumn<Row>[],
  rows: readonly Row[],
  width: number,
  colours: Colours,
): string {
  let shown = sheet
  for (;;) {
    const fitted = fit(shown, width)
    if (fitted !== null) return grid(fitted, rows, colours)
    const last = leastNeeded(shown)
    if (last === undefined) return blocks(sheet, rows, width, colours)
    shown = shown.filter((each) => each !== last)
  }
}

/** The columns at widths that fit; null when even cut off they are too wide. */
function fit<Row>(sheet: readonly MeasuredColumn<Row>[], width: number): MeasuredColumn<Row>[] | null {
  let excess = sheet.reduce((sum, each) => sum + each.width + GAP, -GAP) - width
  const fitted = sheet.map((each) => {
    const least = each.column.shrinks ? Math.min(each.width, NARROWEST_CELL) : each.width
    const cut = Math.max(0, Math.min(excess, each.width - least))
    excess -= cut
    return { ...each, width: each.width - cut }
  })
  return excess > 0 ? null : fitted
}

function leastNeeded<Row>(sheet: readonly MeasuredColumn<Row>[]): MeasuredColumn<Row> | undefined {
  return sheet
    .filter(({ column }) => column.dispensable !== undefined)
    .sort((a, b) => (b.column.dispensable ?? 0) - (a.column.dispensable ?? 0))[0]
}

function grid<Row>(sheet: readonly MeasuredColumn<Row>[], rows: readonly Row[], colours: Colours): string {
  const table = new CliTable({
    chars: NO_BORDERS,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    colWidths: sheet.map(({ width }) => width),
    colAligns: sheet.map(({ column }) => column.align ?? 'left'),
    head: sheet.map(({ column }) => colours.dim(column.title)),
  })
  table.push(
    ...rows.map((row, at) => sheet.map(({ column, cells }) => styled(column, cells[at], row, colours))),
  )
  return trimLines(table.toString())
}

/** A row as lines: its first cell, then the others with their titles, indented. */
function blocks<Row>(
  sheet: readonly MeasuredColumn<Row>[],
  rows: readonly Row[],
  width: number,
  colours: Colours,
): string {
  const block = (row: Row, at: number): string =>
    sheet
      .filter(({ cells }, index) => index === 0 || cells[at] !== '')
      .map(({ column, cells }, index) => {
        const lead = index === 0 ? '' : `  ${column.title.toLowerCase()} `
        const text = cutOff(cells[at] ?? '', index === 0 ? Number.POSITIVE_INFINITY : width - lead.length)
        return (lead && colours.dim(lead)) + styled(column, text, row, colours)
      })
      .join('\n')
  return rows.map(block).join('\n')
}

function styled<Row>(column: Column<Row>, cell: string | undefined, row: Row, colours: Colours): string {
  const text = cell ?? ''
  return column.style === undefined || text === '' ? text : column.style(text, row, colours)
}

/** A cell as text that is safe to print; dates are relative to `now`, ISO without it. */
export function plainText(cell: Cell, now: number | null): string {
  if (cell === null || cell === undefined) return ''
  if (cell instanceof Date) return now === null ? cell.toISOString() : relativeTime(cell, now)
  return escapeControl(String(cell))
}

/** The text, cut off with an ellipsis where it is wider than that many cells. */
export function cutOff(text: string, width: number): string {
  if (stringWidth(text) <= width) return text
  let cut = ''
  for (const character of text) {
    if (stringWidth(cut + character) > width - 1) break
    cut += character
  }
  return `${cut}…`
}

function trimLines(text: string): string {
  return text.replace(/ +$/gm, '')
}

const NO_BORDERS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: ' '.repeat(GAP),
}
