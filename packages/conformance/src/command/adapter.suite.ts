import { fileURLToPath } from 'node:url'
import { brokerConformance } from '../broker/broker-conformance.ts'
import type { BrokerInitializer } from '../broker/initializer.ts'
import type { TaskLogInitializer } from '../task-log/initializer.ts'
import { taskLogConformance } from '../task-log/task-log-conformance.ts'
import { provided } from './provided.ts'

const { module, only } = provided()
const { taskLog, broker } = (await import(/* @vite-ignore */ fileURLToPath(module))) as {
  readonly taskLog?: TaskLogInitializer
  readonly broker?: BrokerInitializer
}
if (taskLog === undefined && broker === undefined) {
  throw new Error(`${fileURLToPath(module)} exports neither "taskLog" nor "broker".`)
}
const options = only.length > 0 ? { only } : {}
if (taskLog !== undefined) taskLogConformance(taskLog, options)
if (broker !== undefined) brokerConformance(broker, options)
