import { taskLogConformance } from '../src/index.ts'
import { memory } from './memory.ts'

taskLogConformance(memory, { sheet: '../../tasklog-memory/guarantees.json' })
