import type { CancelTimer, Clock } from './clock.ts'

/**
 * Does work again and again until it is cancelled; work under way then goes on to its end.
 *
 * @param firstMs in how many milliseconds first; @param work answers in how many milliseconds again, and never throws
 */
export function repeat(clock: Clock, firstMs: number, work: () => Promise<number>): CancelTimer {
  let isOver = false
  let cancel: CancelTimer = () => {}
  const schedule = (ms: number): void => {
    if (!isOver) cancel = clock.setTimer(() => void work().then(schedule), ms)
  }
  schedule(firstMs)
  return () => {
    isOver = true
    cancel()
  }
}
