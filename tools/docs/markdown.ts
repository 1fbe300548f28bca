/** A link of a Markdown text. */
export interface Link {
  readonly target: string
  readonly line: number
}

const CODE = /^(?<fence>```+)[\s\S]*?^\k<fence>|`[^`\n]*`|<!--[\s\S]*?-->/gm
const LINK = /(?<=\]\()[^()\s]+(?=\))/g

/** The links of a text, outside of code and comments. */
export function linksOf(markdown: string): Link[] {
  const links: Link[] = []
  replaceLinks(markdown, (target, line) => {
    links.push({ target, line })
    return target
  })
  return links
}

/** The text with other targets for its links. */
export function replaceLinks(markdown: string, replace: (target: string, line: number) => string): string {
  const hidden = markdown.replace(CODE, (code) => code.replace(/[^\n]/g, ' '))
  let result = ''
  let from = 0
  for (const { index, 0: target } of hidden.matchAll(LINK)) {
    const line = hidden.slice(0, index).split('\n').length
    result += markdown.slice(from, index) + replace(target, line)
    from = index + target.length
  }
  return result + markdown.slice(from)
}

/** The anchors of a text's headings, as GitHub makes them. */
export function anchorsOf(markdown: string): ReadonlySet<string> {
  const text = markdown.replace(/^(?<fence>```+)[\s\S]*?^\k<fence>/gm, '')
  const anchors = new Set<string>()
  for (const [, heading = ''] of text.matchAll(/^#{1,6} (.+)$/gm)) {
    const anchor = anchorOf(heading)
    let free = anchor
    for (let n = 1; anchors.has(free); n += 1) free = `${anchor}-${n}`
    anchors.add(free)
  }
  return anchors
}

/** The anchor of a heading, as GitHub makes it. */
export function anchorOf(heading: string): string {
  const text = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
  return text
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-')
}
