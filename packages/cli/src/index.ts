export type { Host, SignalSource } from './command/host.ts'
export type { QueueConfig, WaybillConfig, WorkerConfig } from './config/config.ts'
export { defineConfig } from './config/define-config.ts'
