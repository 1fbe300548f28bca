import { randomBytes } from 'node:crypto'
import type { Run } from '../actor/contender.ts'

/** Tasks that are claimed and settled at once. */
export const BLOCK = 500

/** How long an idle worker waits before it looks again, in milliseconds. */
export const IDLE_MS = 5

/** What a floor's insert needs of each task; the rest is the same for all. */
export interface NewTasks {
  readonly ids: readonly string[]
  readonly parameters: readonly string[]
  readonly labels: readonly string[]
}

/** A claimed task. */
export interface ClaimedTask {
  readonly id: string
  readonly parameters: string
}

/** The tasks with these numbers, under ids that sort by time: random ones would scatter over the whole index. */
export function newTasks(tasks: readonly number[]): NewTasks {
  return {
    ids: tasks.map(timeOrderedId),
    parameters: tasks.map((i) => JSON.stringify({ i })),
    labels: tasks.map((i) => `Task ${i}`),
  }
}

let random = ''
let made = 0

/** UUID version 7 (RFC 9562): 48 bits of time, 12 that count, the rest random. */
function timeOrderedId(): string {
  if (made % 4096 === 0) random = randomBytes(8).toString('hex')
  const time = Date.now().toString(16).padStart(12, '0')
  const count = (made % 4096).toString(16).padStart(3, '0')
  made += 1
  return `${time.slice(0, 8)}-${time.slice(8)}-7${count}-8${random.slice(0, 3)}-${random.slice(3, 15)}`
}

/** A random token for a claim. */
export function claimToken(): string {
  return randomBytes(16).toString('hex')
}

/** Runs what was claimed: reads each payload, calls the handler, waits for it if it says so. */
export async function runAll(claimed: readonly ClaimedTask[], run: Run): Promise<void> {
  for (const { parameters } of claimed) {
    const running = run.started((JSON.parse(parameters) as { i: number }).i)
    if (running !== undefined) await running
  }
}

/** The report every task leaves. */
export const REPORT: string = JSON.stringify({ type: 'info', message: 'The task returned no report.' })
