/** A piece of a line, all in one style. */
export interface Span {
  /** Where it begins, in characters. */
  readonly column: number
  readonly text: string
  /** Names of its colours and weights: `red`, `bold`, `dim` and so on. */
  readonly styles: readonly string[]
}

const STYLES: Readonly<Record<string, string>> = {
  1: 'bold',
  2: 'dim',
  31: 'red',
  32: 'green',
  33: 'yellow',
  34: 'blue',
  35: 'magenta',
  36: 'cyan',
  90: 'gray',
}
/** What an end of a style ends: weights, colours, or everything. */
const ENDS: Readonly<Record<string, (style: string) => boolean>> = {
  0: () => true,
  22: (style) => style === 'bold' || style === 'dim',
  39: (style) => style !== 'bold' && style !== 'dim',
}

/** The text of a terminal's output, without its styles. */
export function plainText(output: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  return output.replace(/\x1b\[[\d;]*m/g, '')
}

/** The spans of one line. @throws Error at a code that no command of ours writes to a line that stays */
export function spansOf(line: string): readonly Span[] {
  const spans: Span[] = []
  let styles: string[] = []
  let column = 0
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  for (const [, codes, text] of line.matchAll(/\x1b\[([\d;]*)m|([^\x1b]+|\x1b)/g)) {
    if (text !== undefined) {
      if (text === '\x1b') throw new Error(`${JSON.stringify(line)}: this is not drawn`)
      spans.push({ column, text, styles: [...styles] })
      column += text.length
      continue
    }
    for (const code of (codes ?? '').split(';')) {
      const ends = ENDS[code || '0']
      if (ends !== undefined) styles = styles.filter((style) => !ends(style))
      else if (STYLES[code] !== undefined) styles.push(STYLES[code])
      else throw new Error(`${code}: this style is not drawn`)
    }
  }
  return spans
}
