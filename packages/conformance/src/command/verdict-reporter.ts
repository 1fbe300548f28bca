import { stripVTControlCharacters, styleText } from 'node:util'
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node'
import { publishedSheet } from '../declare.ts'
import type { GuaranteeSheet } from '../sheet/guarantee-sheet.ts'

/** Of what went wrong, so many lines are shown. */
const LINES_OF_REASON = 12

/** Prints a verdict for each area as soon as it was tried, and collects the guarantee sheets. */
export class VerdictReporter implements Reporter {
  /** The sheets that were published. */
  readonly sheets: GuaranteeSheet[] = []
  /** How many rules were kept. */
  kept = 0
  /** How many were broken. */
  broken = 0
  /** What kept the rules from being tried. */
  readonly faults: string[] = []
  readonly #print: (line: string) => void

  constructor(print: (line: string) => void) {
    this.#print = print
  }

  onTestSuiteReady(suite: TestSuite): void {
    if (suite.parent.type === 'module') this.#print(styleText('bold', suite.name))
  }

  onTestSuiteResult(suite: TestSuite): void {
    this.#faults(suite.errors())
    if (suite.parent.type !== 'suite') return
    const tests = [...suite.children.tests()]
    const states = Map.groupBy(tests, (test) => test.result().state)
    const count = (state: 'passed' | 'failed' | 'skipped'): number => states.get(state)?.length ?? 0
    const failed = states.get('failed') ?? []
    this.kept += count('passed')
    this.broken += failed.length
    this.#print(line(suite.name, count('passed'), failed.length, states.get('skipped') ?? []))
    for (const test of failed) this.#printBroken(test)
  }

  onTestModuleEnd(module: TestModule): void {
    this.#faults(module.errors())
  }

  onTestCaseResult(test: TestCase): void {
    const sheet = publishedSheet(test.meta())
    if (sheet !== undefined) this.sheets.push(sheet)
  }

  onTestRunEnd(_modules: readonly TestModule[], errors: readonly { readonly message: string }[]): void {
    this.#faults(errors)
  }

  #faults(errors: readonly { readonly message: string; readonly stack?: string | undefined }[]): void {
    for (const { message, stack } of errors) this.faults.push(stack ?? message)
  }

  #printBroken(test: TestCase): void {
    this.#print(`    ${styleText('red', test.name)}`)
    for (const { message, diff } of test.result().errors ?? []) {
      const lines = stripVTControlCharacters(`${message}\n${diff ?? ''}`)
        .trimEnd()
        .split('\n')
      for (const reason of lines.slice(0, LINES_OF_REASON)) this.#print(`      ${reason}`)
      if (lines.length > LINES_OF_REASON)
        this.#print(`      ... ${lines.length - LINES_OF_REASON} lines more`)
    }
  }
}

function line(area: string, kept: number, broken: number, skipped: readonly TestCase[]): string {
  const mark = broken > 0 ? styleText('red', '✗') : kept > 0 ? styleText('green', '✓') : styleText('dim', '-')
  const parts = [
    kept > 0 ? `${kept} kept` : '',
    broken > 0 ? styleText('red', `${broken} broken`) : '',
    ...[...Map.groupBy(skipped, excuseOf)].map(([excuse, same]) =>
      styleText('dim', `${same.length} not tried: ${excuse}`),
    ),
  ]
  return `  ${mark} ${area.padEnd(14)}${parts.filter((part) => part !== '').join(', ')}`
}

function excuseOf(test: TestCase): string {
  const result = test.result()
  return (result.state === 'skipped' ? result.note : undefined) ?? 'skipped'
}
