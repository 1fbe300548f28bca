import { type Span, spansOf } from './ansi.ts'
import { COLUMNS } from './columns.ts'

const FONT_SIZE = 14
const CHARACTER = 8.43
const LINE = 19
const PADDING = 16
const TITLE = 28

const STYLE = `
  text { font: ${FONT_SIZE}px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: #d7dae0; white-space: pre }
  .bold { font-weight: bold } .dim { opacity: .65 } .gray { fill: #8b949e } .red { fill: #ff7b72 } .green { fill: #7ee787 }
  .yellow { fill: #f2cc60 } .blue { fill: #79c0ff } .magenta { fill: #d2a8ff } .cyan { fill: #76e3ea }`

/** A picture of a terminal: its lines with their ANSI colours, drawn without anything from elsewhere. */
export function renderSvg(lines: readonly string[], title: string): string {
  const width = Math.ceil(2 * PADDING + COLUMNS * CHARACTER)
  const height = TITLE + PADDING + lines.length * LINE
  const drawn = lines.map((line, index) => renderLine(line, TITLE + LINE * (index + 1)))
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(title)}">
<style>${STYLE}
</style>
<rect width="100%" height="100%" rx="8" fill="#161b22"/>
<g fill="#484f58"><circle cx="20" cy="17" r="5"/><circle cx="38" cy="17" r="5"/><circle cx="56" cy="17" r="5"/></g>
${drawn.filter((line) => line !== '').join('\n')}
</svg>
`
}

function renderLine(line: string, y: number): string {
  const spans = spansOf(line).map(renderSpan)
  return spans.length === 0 ? '' : `<text y="${y}">${spans.join('')}</text>`
}

/** At its own place: a font whose arrows or boxes are wider moves nothing behind them. */
function renderSpan({ column, text, styles }: Span): string {
  const place = (PADDING + column * CHARACTER).toFixed(1)
  const classes = styles.length === 0 ? '' : ` class="${styles.join(' ')}"`
  return `<tspan x="${place}"${classes}>${escapeXml(text)}</tspan>`
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
