export type {
  CallerTransaction,
  Elsewhere,
  TaskLogInitializer,
  TaskLogSubject,
} from './task-log/initializer.ts'
export { checkTaskLog, taskLogConformance } from './task-log/task-log-conformance.ts'
export type { ConformanceOptions, Verdict } from './verdict.ts'
