import { type Settlement, TASK_STATUSES, type TransitionChange } from '@waybill/core'
import fc from 'fast-check'

/**
 * One call to a log as plain data, so that a counterexample can be read. Entries and claims are named by numbers that are
 * taken modulo how many there are.
 */
export type Step =
  | { readonly call: 'pass'; readonly ms: number }
  | { readonly call: 'add'; readonly entries: readonly StepEntry[] }
  | { readonly call: 'claim'; readonly queue: string; readonly limit: number }
  | { readonly call: 'claimIds'; readonly entries: readonly number[]; readonly limit: number }
  | { readonly call: 'start'; readonly claims: readonly number[] }
  | { readonly call: 'heartbeat'; readonly beat: StepBeat }
  | { readonly call: 'settle'; readonly settlements: readonly StepSettlement[] }
  | {
      readonly call: 'transition'
      readonly entries: readonly number[]
      readonly change: Omit<TransitionChange, 'ids'>
    }
  | { readonly call: 'requestCancel' | 'delete'; readonly entries: readonly number[] }
  | { readonly call: 'recover' | 'promote' | 'retire' }
  | {
      readonly call: 'setQueue'
      readonly queue: string
      readonly change: { readonly paused?: boolean; readonly concurrency?: number | null }
    }

/** An entry to add. */
export interface StepEntry {
  readonly queue: string
  readonly owner: string
  readonly parent: number | null
  readonly underToken: boolean
  readonly masterStatus: boolean
  readonly priority: number
  readonly key: number | null
  readonly fingerprint: string
  readonly limitKey: string | null
  readonly limitMax: number
  readonly maxAttempts: number
  readonly delayMs: number
  /** The id of the last entry again. */
  readonly repeats: boolean
}

/** A beat of the worker that claims, or of one that never does. */
export interface StepBeat {
  readonly worker: string
  readonly leaseMs: number
  readonly open: readonly number[]
  readonly startedAgoMs: number
  readonly json: string | null
}

/** A settlement of one of the last claims. */
export interface StepSettlement extends Omit<Settlement, 'id' | 'token'> {
  readonly claim: number
}

const queue = fc.constantFrom('q1', 'q2')
const number = fc.nat(1_000)
const numbers = fc.array(number, { minLength: 1, maxLength: 4 })
const json = fc.constantFrom(null, '"one"', '"two"')

const entry: fc.Arbitrary<StepEntry> = fc.record({
  queue,
  owner: fc.constantFrom('ada', 'ada', 'ada', 'ada', 'ada', 'grace'),
  parent: fc.option(number, { freq: 2, nil: null }),
  underToken: fc.boolean(),
  masterStatus: fc.constantFrom(false, false, false, true),
  priority: fc.integer({ min: -1, max: 1 }),
  key: fc.option(fc.nat(3), { freq: 3, nil: null }),
  fingerprint: fc.constantFrom('one', 'two'),
  limitKey: fc.option(fc.constantFrom('k1', 'k2'), { freq: 3, nil: null }),
  limitMax: fc.integer({ min: 1, max: 2 }),
  maxAttempts: fc.integer({ min: 1, max: 3 }),
  delayMs: fc.constantFrom(0, 0, 0, 7),
  repeats: fc.constantFrom(false, false, false, true),
})

const beat: fc.Arbitrary<StepBeat> = fc.record({
  worker: fc.constantFrom('w1', 'w1', 'w2'),
  leaseMs: fc.constantFrom(1, 50, 50, 50, 50),
  open: fc.array(number, { maxLength: 3 }),
  startedAgoMs: fc.double({ min: -1, max: 9, noNaN: true }),
  json,
})

const settlement: fc.Arbitrary<StepSettlement> = fc.record({
  claim: number,
  to: fc.constantFrom('completed', 'completed', 'failed', 'cancelled', 'retry', 'release'),
  delayMs: fc.constantFrom(0, 0, 6),
  reason: fc.constantFrom(null, 'error', 'report'),
  report: json,
  progress: json,
  startedAgoMs: fc.option(fc.nat(9), { nil: null }),
})

const change: fc.Arbitrary<Omit<TransitionChange, 'ids'>> = fc.record({
  event: fc.constantFrom(
    'cancel',
    'cancel',
    'archive',
    'restart',
    'restart',
    'force_cancel',
    'force_archive',
  ),
  from: fc.subarray([...TASK_STATUSES], { minLength: 5 }),
  reason: fc.constantFrom(null, 'purged', 'forced'),
  report: json,
})

function step<Call extends Step['call'], Rest extends object>(
  call: Call,
  rest: { readonly [Key in keyof Rest]: fc.Arbitrary<Rest[Key]> },
): fc.Arbitrary<Rest & { readonly call: Call }> {
  return fc.record({ ...rest }).map((fields) => ({ ...(fields as Rest), call }))
}

/** Any sequence of calls. */
export const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: step('add', { entries: fc.array(entry, { minLength: 1, maxLength: 4 }) }) },
    { weight: 5, arbitrary: step('claim', { queue, limit: fc.integer({ min: 1, max: 4 }) }) },
    { weight: 2, arbitrary: step('claimIds', { entries: numbers, limit: fc.integer({ min: 1, max: 4 }) }) },
    {
      weight: 5,
      arbitrary: step('settle', { settlements: fc.array(settlement, { minLength: 1, maxLength: 4 }) }),
    },
    { weight: 3, arbitrary: step('heartbeat', { beat }) },
    { weight: 2, arbitrary: step('transition', { entries: numbers, change }) },
    { weight: 2, arbitrary: step('start', { claims: numbers }) },
    { weight: 1, arbitrary: step('requestCancel', { entries: numbers }) },
    { weight: 1, arbitrary: step('delete', { entries: numbers }) },
    { weight: 2, arbitrary: step('recover', {}) },
    { weight: 2, arbitrary: step('promote', {}) },
    { weight: 1, arbitrary: step('retire', {}) },
    {
      weight: 1,
      arbitrary: step('setQueue', {
        queue,
        change: fc.record(
          { paused: fc.boolean(), concurrency: fc.constantFrom(null, null, 1, 3) },
          { requiredKeys: [] },
        ),
      }),
    },
    { weight: 2, arbitrary: step('pass', { ms: fc.constantFrom(1, 5, 25) }) },
  ),
  { minLength: 1, maxLength: 60, size: 'max' },
)
