import { areaOf } from '../rule.ts'
import type { GuaranteeSheet } from './guarantee-sheet.ts'

const SENTENCES: Readonly<Record<GuaranteeSheet['contract'], ReadonlyMap<string, string>>> = {
  'task log': new Map([
    ['durable', 'Entries survive the process'],
    ['multiProcess', 'Several processes may use it at once'],
    ['transactions', "Tasks can be enqueued inside the caller's transaction"],
    ['pathFilters', 'Filters may look into JSON by a path'],
    ['caseFolding', 'Letters whose case `like` ignores'],
    ['claims', 'Hands tasks to workers: it can be a durable queue'],
    ['wakes', 'Wakes idle workers'],
    ['schema', 'Has a versioned schema'],
    ['pulse', 'A thread can renew the lease of a busy worker'],
  ]),
  broker: new Map([
    ['durable', 'Messages survive the process'],
    ['claims', 'It is the log: an entry is its own message'],
    ['delayed', 'Messages may be held back for a time'],
    ['ordered', 'Messages come in the order in which they were pushed'],
    ['sync', 'Tasks run while they are enqueued'],
    ['wakes', 'Wakes idle workers'],
  ]),
}

/** A sheet as a Markdown table for a README. */
export function guaranteeTable(sheet: GuaranteeSheet): string {
  const sentences = SENTENCES[sheet.contract]
  const facts = Object.entries({ ...sheet.capabilities, ...sheet.interfaces })
  const rows = facts.map(
    ([name, value]) => `| ${sentences.get(name) ?? name} | \`${name}\` | ${word(value)} |`,
  )
  return ['| | | |', '| --- | --- | --- |', ...rows, '', ...summary(sheet.rules)].join('\n')
}

function word(value: boolean | string): string {
  if (typeof value === 'string') return value
  return value ? 'yes' : 'no'
}

function summary(rules: GuaranteeSheet['rules']): readonly string[] {
  const entries = Object.entries(rules)
  const count = (outcome: string): number => entries.filter(([, found]) => found === outcome).length
  const broken = count('broken')
  const excused = entries.filter(([, found]) => found !== 'kept' && found !== 'broken')
  const kept = count('kept')
  const verdict =
    broken > 0
      ? `${kept} of ${kept + broken} rules that apply are kept`
      : `all ${kept} rules that apply are kept`
  const head = `\`@waybill/conformance\`: ${verdict}.`
  const excuses = [...Map.groupBy(excused, ([, reason]) => reason)].map(
    ([reason, same]) => `- ${areasOf(same.map(([id]) => id))}: not tried, ${reason}`,
  )
  return excuses.length === 0 ? [head] : [head, '', ...excuses]
}

function areasOf(ids: readonly string[]): string {
  return [...Map.groupBy(ids, areaOf)]
    .map(([area, same]) => (same.length === 1 ? `\`${same[0]}\`` : `\`${area}\` (${same.length})`))
    .join(', ')
}

const BEGIN = '<!-- guarantees -->'
const END = '<!-- /guarantees -->'

/** A README with the table of its sheet between the markers `<!-- guarantees -->` and `<!-- /guarantees -->`. */
export function withGuaranteeTable(readme: string, sheet: GuaranteeSheet): string {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)]
  if (begin < 0 || end < begin) throw new Error(`The README has no place for the table: ${BEGIN} and ${END}.`)
  return `${readme.slice(0, begin + BEGIN.length)}\n${guaranteeTable(sheet)}\n${readme.slice(end)}`
}
