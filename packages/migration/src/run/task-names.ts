/** The name of a migration's run in the task log: the parent of all else. */
export function runTaskName(migration: string): string {
  return `migration.${migration}`
}

/** The name of a pass over one range. */
export function rangeTaskName(migration: string): string {
  return `migration.${migration}.range`
}

/** The name of the task that writes the evidence. */
export function evidenceTaskName(migration: string): string {
  return `migration.${migration}.evidence`
}

/** The name of the entry that is open as long as the run is paused. */
export function pauseTaskName(migration: string): string {
  return `migration.${migration}.pause`
}

/** The name of a dry run. */
export function dryRunTaskName(migration: string): string {
  return `migration.${migration}.dry-run`
}
