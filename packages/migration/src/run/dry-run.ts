import type { HeldPass, PositionStore } from '../positions/position-store.ts'
import type { PassState } from '../range/pass-state.ts'

/**
 * A pass whose chunks are rolled back; how far it came is kept in memory.
 *
 * @param store whose transactions are rolled back; null where there are none
 */
export function rehearsedPass(store: PositionStore | null, initial: PassState): HeldPass<unknown> {
  let state = initial
  return {
    get state(): PassState {
      return state
    },
    async commit(work) {
      state = store === null ? await work(null) : await store.rehearse(work)
    },
  }
}
