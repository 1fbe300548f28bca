import { InvalidInputError } from '../errors/errors.ts'
import { textOf, tidyText } from '../json/text.ts'
import { type Duration, durationMs } from '../time/duration.ts'
import { causesOf, describeError, MAX_CAUSES } from './describe-error.ts'

/** The kinds of report, from good to bad. */
export const REPORT_TYPES = ['success', 'info', 'warning', 'error'] as const

/** One of {@link REPORT_TYPES}. */
export type ReportType = (typeof REPORT_TYPES)[number]

/** A report as it is stored and sent. */
export interface ReportJson {
  readonly type: ReportType
  readonly message: string
  /** Absent when there is none. */
  readonly data?: unknown
  /** Absent when there are none. */
  readonly children?: readonly ReportJson[]
  /** Present when something of this node was left out because it was too large. */
  readonly truncated?: true
}

/** No message is longer; the rest is cut off with a mark. */
export const MAX_MESSAGE_LENGTH = 16_384
/** No report is deeper when it is stored; what is below is cut off with a mark. */
export const MAX_REPORT_DEPTH = 64

/**
 * What came of a task, for people: a tree of messages. A task has failed if an error is anywhere in its report.
 * Making a report never throws; what is too long, too deep or no JSON is cut with a visible mark when it is stored.
 */
export class Report implements Iterable<Report> {
  /** How it went. */
  readonly type: ReportType
  /** One sentence for people. */
  readonly message: string
  /** Facts for programs, JSON; undefined for none. */
  readonly data: unknown
  /** Something of this node was left out when it was stored. */
  readonly truncated: boolean
  readonly #children: Report[] = []
  #retry: { readonly afterMs: number | null } | null = null

  /** @param type how it went; @param message one sentence for people; @param data facts for programs, JSON */
  constructor(type: ReportType, message: string, data?: unknown, truncated = false) {
    this.type = type
    this.message = tidyText(textOf(message), MAX_MESSAGE_LENGTH)
    this.data = data
    this.truncated = truncated
  }

  /** It went well. */
  static success(message: string, data?: unknown): Report {
    return new Report('success', message, data)
  }

  /** Neither good nor bad. */
  static info(message: string, data?: unknown): Report {
    return new Report('info', message, data)
  }

  /** Somebody should look at it; the task has not failed. */
  static warning(message: string, data?: unknown): Report {
    return new Report('warning', message, data)
  }

  /** It failed, and so has the task. */
  static error(message: string, data?: unknown): Report {
    return new Report('error', message, data)
  }

  /** An error report of whatever was thrown, with its causes as children; never throws. */
  static fromError(error: unknown): Report {
    return fromError(error, { left: MAX_CAUSES })
  }

  /**
   * A report from its JSON value.
   * @throws InvalidInputError when it is none
   */
  static fromJSON(value: unknown, path = 'report'): Report {
    return fromJson(value, path, 0)
  }

  /** What the report is made of, in order. */
  get children(): readonly Report[] {
    return this.#children
  }

  /** Set when the task is to run again: in how many milliseconds, null for the task's own back-off. */
  get retryRequest(): { readonly afterMs: number | null } | null {
    return this.#retry
  }

  /**
   * Adds reports beneath this one; answers this one.
   * @throws InvalidInputError when one is no report
   */
  add(...children: readonly Report[]): this {
    for (const child of children) {
      if (!(child instanceof Report)) throw new InvalidInputError('child', 'expected a Report')
      this.#children.push(child)
    }
    return this
  }

  /**
   * Asks that the task runs again, if it has attempts left. Counts on the report a task returns, and only if
   * it failed: without it a returned failure is a decision, and final.
   *
   * @throws InvalidInputError when `after` is no duration
   */
  retry(options: { readonly after?: Duration } = {}): this {
    this.#retry = { afterMs: options.after === undefined ? null : durationMs(options.after, 'retry.after') }
    return this
  }

  /** Whether an error is anywhere in the tree. */
  containsError(): boolean {
    for (const report of this) if (report.type === 'error') return true
    return false
  }

  /** This report and all beneath it, each once, parents first. */
  *[Symbol.iterator](): Iterator<Report> {
    const seen = new Set<Report>([this])
    for (const report of seen) {
      yield report
      for (const child of report.#children) seen.add(child)
    }
  }

  /** The tree as plain data. See `encodeReport` for one that is safe to store. */
  toJSON(): ReportJson {
    return {
      type: this.type,
      message: this.message,
      ...(this.data === undefined ? undefined : { data: this.data }),
      ...(this.#children.length === 0
        ? undefined
        : { children: this.#children.map((child) => child.toJSON()) }),
      ...(this.truncated ? { truncated: true } : undefined),
    }
  }
}

function fromError(error: unknown, causes: { left: number }): Report {
  const { message, data } = describeError(error)
  const report = Report.error(message, data)
  for (const cause of causesOf(error)) {
    if (causes.left === 0) break
    causes.left -= 1
    report.add(fromError(cause, causes))
  }
  return report
}

function fromJson(value: unknown, path: string, depth: number): Report {
  const json = value as Partial<ReportJson> | null
  if (typeof json !== 'object' || json === null || !REPORT_TYPES.includes(json.type as ReportType)) {
    throw new InvalidInputError(path, `expected a report with a type of ${REPORT_TYPES.join(', ')}`)
  }
  const { message, children = [], truncated } = json
  if (typeof message !== 'string') throw new InvalidInputError(`${path}.message`, 'expected a text')
  if (!Array.isArray(children)) throw new InvalidInputError(`${path}.children`, 'expected a list')
  if (depth > MAX_REPORT_DEPTH) throw new InvalidInputError(path, `deeper than ${MAX_REPORT_DEPTH} levels`)
  const report = new Report(json.type as ReportType, message, json.data, truncated === true)
  const nodes: unknown[] = children
  return report.add(...nodes.map((child, index) => fromJson(child, `${path}.children[${index}]`, depth + 1)))
}
