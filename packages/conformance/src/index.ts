export type {
  CallerTransaction,
  Elsewhere,
  TaskLogInitializer,
  TaskLogSubject,
} from './task-log/initializer.ts'
export { type ConformanceOptions, taskLogConformance } from './task-log/task-log-conformance.ts'
