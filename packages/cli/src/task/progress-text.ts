import type { TaskLogEntity, TaskProgress } from '@waybill/core'
import { formatCount } from '../output/moments.ts'

/** How far a task is, for people: `3/12 (25 %) reading`; empty when it says nothing. */
export function progressText({ progress }: Pick<TaskLogEntity, 'progress'>): string {
  if (typeof progress !== 'object' || progress === null) return ''
  const { done, total, message } = progress as Partial<TaskProgress>
  if (typeof done !== 'number') return ''
  const share = typeof total === 'number' && total > 0 ? ` (${Math.floor((done / total) * 100)} %)` : ''
  const counts = typeof total === 'number' ? `${formatCount(done)}/${formatCount(total)}` : formatCount(done)
  return `${counts}${share}${typeof message === 'string' ? ` ${message}` : ''}`
}
