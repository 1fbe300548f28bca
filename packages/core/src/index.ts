export * from './errors/errors.ts'
export * from './errors/waybill-error.ts'
export * from './identity/id.ts'
export * from './json/decode.ts'
export * from './json/encode.ts'
export { fingerprint } from './json/fingerprint.ts'
export * from './migration/migration-contracts.ts'
export * from './queue/broker.ts'
export { Queue, type QueueOptions } from './queue/queue.ts'
export {
  ANONYMOUS_OWNER,
  type EnqueueItem,
  QueueDispatcher,
  type QueueDispatcherOptions,
} from './queue/queue-dispatcher.ts'
export * from './queue/task-selector.ts'
export * from './report/encode-report.ts'
export * from './report/report.ts'
export * from './schema/standard-schema.ts'
export * from './schema/validate.ts'
export { AbstractTask, type TaskClass } from './task/abstract-task.ts'
export * from './task/categorized-status.ts'
export * from './task/category.ts'
export { currentTask } from './task/current-task.ts'
export * from './task/define-task.ts'
export * from './task/status.ts'
export * from './task/task-context.ts'
export * from './task/task-registry.ts'
export * from './task/task-types.ts'
export type { AdminOptions, SkippedTask, SkipReason } from './task-log/administer.ts'
export type { BulkOptions, BulkOutcome } from './task-log/administer-all.ts'
export { MAX_FILTER_DEPTH, MAX_FILTER_LIST, MAX_FILTER_NODES } from './task-log/check-filter.ts'
export * from './task-log/claimable-task-log-broker.ts'
export * from './task-log/column-kinds.ts'
export type { SortDirection } from './task-log/cursor.ts'
export type { DataTablePayload, DataTableRequest, RowCustomiser } from './task-log/data-table.ts'
export * from './task-log/filter-expression.ts'
export type { NewTask } from './task-log/new-task.ts'
export type { PruneOptions, SettledStatus } from './task-log/prune.ts'
export type { TaskKind } from './task-log/task-categories.ts'
export * from './task-log/task-log.ts'
export * from './task-log/task-log-broker.ts'
export * from './task-log/task-log-collection.ts'
export * from './task-log/task-log-entity.ts'
export type { TaskLogChange, TaskLogEvent, TaskLogListener } from './task-log/task-log-events.ts'
export {
  type AvailableOptions,
  DEFAULT_PAGE_SIZE,
  MAX_PAGE_SIZE,
  SUPER_USER,
  TaskLogFilter,
  type TaskLogFilterJson,
} from './task-log/task-log-filter.ts'
export * from './task-log/task-log-reader.ts'
export * from './task-log/task-log-record.ts'
export type { TaskRef } from './task-log/task-ref.ts'
export type { UserStats } from './task-log/user-stats.ts'
export * from './task-log/user-task-log.ts'
export type { WaitOptions } from './task-log/wait.ts'
export type { TelemetryMessages } from './telemetry/channels.ts'
export * from './time/backoff.ts'
export * from './time/clock.ts'
export * from './time/duration.ts'
export * from './validation/instants.ts'
export * from './validation/names.ts'
export * from './validation/numbers.ts'
export {
  LongRunningWorker,
  type LongRunningWorkerOptions,
  type WorkerPhase,
  type WorkerSummary,
} from './worker/long-running-worker.ts'
export { OneTimeWorker, type OneTimeWorkerOptions } from './worker/one-time-worker.ts'
export type { AroundRun } from './worker/run-attempt.ts'
export { handleSignals } from './worker/signals.ts'
export type { TaskRun, TaskRunnerOptions } from './worker/task-runner.ts'
