import type { Settlement, TransitionChange } from '@waybill/core'
import fc from 'fast-check'

/**
 * One call of a random sequence. Entries, claims and workers are named by numbers that are taken modulo how many there
 * are, so that every shorter sequence is a sequence too and failures shrink.
 */
export type Step =
  | {
      readonly call: 'add'
      readonly priority: number
      readonly later: boolean
      readonly parent: number | null
      readonly underToken: boolean
      readonly key: number | null
      readonly limited: boolean
      readonly maxAttempts: number
      readonly masterStatus: boolean
    }
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

const some = fc.nat({ max: 11 })
const few = fc.array(some, { minLength: 1, maxLength: 3 })
const worker = fc.nat({ max: 1 })

/** Any step, the usual ones more often. */
export const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      call: fc.constant('add'),
      priority: fc.integer({ min: -1, max: 1 }),
      later: fc.boolean(),
      parent: fc.option(some, { freq: 2 }),
      underToken: fc.boolean(),
      key: fc.option(fc.nat({ max: 2 }), { freq: 4 }),
      limited: fc.boolean(),
      maxAttempts: fc.integer({ min: 1, max: 3 }),
      masterStatus: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ call: fc.constant('claim'), worker, limit: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 1, arbitrary: fc.record({ call: fc.constant('claimIds'), worker, entries: few }) },
  { weight: 2, arbitrary: fc.record({ call: fc.constant('start'), claims: few }) },
  { weight: 1, arbitrary: fc.record({ call: fc.constant('heartbeat'), worker, claims: few }) },
  { weight: 2, arbitrary: fc.record({ call: fc.constant('expire'), worker }) },
  {
    weight: 6,
    arbitrary: fc.record({
      call: fc.constant('settle'),
      claims: few,
      to: fc.constantFrom('completed', 'failed', 'cancelled', 'retry', 'release'),
      later: fc.boolean(),
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
      event: fc.constantFrom('cancel', 'archive', 'restart', 'force_cancel', 'force_archive'),
      entries: few,
    }),
  },
  { weight: 1, arbitrary: fc.record({ call: fc.constant('requestCancel'), entries: few }) },
  { weight: 1, arbitrary: fc.record({ call: fc.constant('delete'), entries: few }) },
  {
    weight: 1,
    arbitrary: fc.record({
      call: fc.constant('setQueue'),
      paused: fc.boolean(),
      concurrency: fc.option(fc.integer({ min: 1, max: 3 })),
    }),
  },
)
