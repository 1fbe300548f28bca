export { createDurableBroker, DurableBroker } from './durable-broker.ts'
export { type ExplanationCode, explainTask, type TaskExplanation } from './explain.ts'
