export { createDurableBroker, DurableBroker } from './durable-broker.ts'
