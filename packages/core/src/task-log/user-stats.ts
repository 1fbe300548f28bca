import type { StatusCounts } from './task-log-broker.ts'

/** How many of a user's tasks stand where. */
export interface UserStats {
  readonly completed: number
  readonly failed: number
  /** Dequeued, running, or waiting for children. */
  readonly inProgress: number
}

/** What a user is told of the counts. */
export function userStats({ completed, failed, dequeued, running, child_running }: StatusCounts): UserStats {
  return { completed, failed, inProgress: dequeued + running + child_running }
}
