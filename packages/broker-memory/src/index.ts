export { createMemoryBroker, MemoryBroker, SyncMemoryBroker } from './memory-broker.ts'
