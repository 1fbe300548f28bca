import type { Settlement, TransitionChange } from '@waybill/core'
import fc from 'fast-check'

/** An entry of an {@link Step} that adds. */
export interface AddedEntry {
  readonly priority: number
  readonly later: boolean
  readonly parent: number | null
  readonly underToken: boolean
  readonly key: number | null
  readonly limited: boolean
  readonly maxAttempts: number
  readonly masterStatus: boolean
}

/**
 * One call of a random sequence. Entries, claims and workers are named by numbers, 0 for the youngest, taken modulo how
 * many there are: every shorter sequence is a sequence too, so failures shrink.
 */
export type Step =
  | { readonly call: 'add'; readonly entries: readonly AddedEntry[] }
  | { readonly call: 'claim'; readonly worker: number; readonly limit: number }
  | { readonly call: 'claimIds'; readonly worker: number; readonly entries: readonly number[] }
  | { readonly call: 'start'; readonly claims: readonly number[] }
  | { readonly call: 'heartbeat'; readonly worker: number; readonly claims: readonly number[] }
  | { readonly call: 'expire'; readonly worker: number }
  | {
      readonly call: 'settle'
      readonly claims: readonly number[]
      readonly to: Settlement['to']
      readonly later: boolean
    }
  | { readonly call: 'recover' }
  | { readonly call: 'retire'; readonly worker: number }
  | { readonly call: 'promote'; readonly limit: number }
  | {
      readonly call: 'transition'
      readonly event: TransitionChange['event']
      readonly entries: readonly number[]
    }
  | { readonly call: 'requestCancel'; readonly entries: readonly number[] }
  | { readonly call: 'delete'; readonly entries: readonly number[] }
  | { readonly call: 'setQueue'; readonly paused: boolean; readonly concurrency: number | null }

const some = fc.nat({ max: 7 })
const few = fc.array(some, { minLength: 1, maxLength: 3 })
const worker = fc.nat({ max: 1 })

/** True once in five times: what holds an entry back must not hold back most of them. */
const seldom = fc.nat({ max: 4 }).map((number) => number === 4)

const added: fc.Arbitrary<AddedEntry> = fc.record({
  priority: fc.integer({ min: -1, max: 1 }),
  later: seldom,
  parent: fc.option(some, { freq: 2 }),
  underToken: seldom,
  key: fc.nat({ max: 9 }).map((number) => (number < 3 ? number : null)),
  limited: seldom,
  maxAttempts: fc.integer({ min: 1, max: 3 }),
  masterStatus: seldom,
})

function addOf(minLength: number, maxLength: number): fc.Arbitrary<Step> {
  return fc.record({ call: fc.constant('add'), entries: fc.array(added, { minLength, maxLength }) })
}

/** Any step, the usual ones more often. */
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: addOf(1, 4) },
  {
    weight: 5,
    arbitrary: fc.record({ call: fc.constant('claim'), worker, limit: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 1, arbitrary: fc.record({ call: fc.constant('claimIds'), worker, entries: few }) },
  { weight: 2, arbitrary: fc.record({ call: fc.constant('start'), claims: few }) },
  { weight: 1, arbitrary: fc.record({ call: fc.constant('heartbeat'), worker, claims: few }) },
  { weight: 1, arbitrary: fc.record({ call: fc.constant('expire'), worker }) },
  {
    weight: 10,
    arbitrary: fc.record({
      call: fc.constant('settle'),
      claims: few,
      to: fc.constantFrom('completed', 'failed', 'cancelled', 'retry', 'release'),
      later: seldom,
    }),
  },
  { weight: 2, arbitrary: fc.record({ call: fc.constant('recover') }) },
  { weight: 1, arbitrary: fc.record({ call: fc.constant('retire'), worker }) },
  {
    weight: 3,
    arbitrary: fc.record({ call: fc.constant('promote'), limit: fc.integer({ min: 1, max: 3 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      call: fc.constant('transition'),
      event: fc.constantFrom('restart', 'restart', 'archive', 'cancel', 'force_cancel', 'force_archive'),
      entries: few,
    }),
  },
  { weight: 1, arbitrary: fc.record({ call: fc.constant('requestCancel'), entries: few }) },
  { weight: 1, arbitrary: fc.record({ call: fc.constant('delete'), entries: few }) },
  {
    weight: 1,
    arbitrary: fc.record({
      call: fc.constant('setQueue'),
      paused: seldom,
      concurrency: fc.option(fc.integer({ min: 1, max: 3 }), { freq: 2 }),
    }),
  },
)

/** Several entries, and what becomes of them. */
export const anySequence: fc.Arbitrary<readonly Step[]> = fc
  .tuple(addOf(4, 8), fc.array(anyStep, { maxLength: 60, size: 'max' }))
  .map(([first, rest]) => [first, ...rest])
