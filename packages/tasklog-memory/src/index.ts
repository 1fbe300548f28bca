export { createMemoryTaskLog, MemoryTaskLog, type MemoryTaskLogOptions } from './memory-task-log.ts'
