import { taskLogConformance } from '@waybill/conformance'
import { taskLog } from './conformance.ts'

taskLogConformance(taskLog)
