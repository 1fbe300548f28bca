export { brokerConformance, checkBroker } from './broker/broker-conformance.ts'
export type { BrokerInitializer, BrokerSubject } from './broker/initializer.ts'
export type { GuaranteeSheet } from './sheet/guarantee-sheet.ts'
export { guaranteeTable, withGuaranteeTable } from './sheet/guarantee-table.ts'
export type {
  CallerTransaction,
  Elsewhere,
  TaskLogInitializer,
  TaskLogSubject,
} from './task-log/initializer.ts'
export { checkTaskLog, taskLogConformance } from './task-log/task-log-conformance.ts'
export type { ConformanceOptions, Verdict } from './verdict.ts'
