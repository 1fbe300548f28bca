import { writeSync } from 'node:fs'
import type { FailActions } from '../faults/failpoints.ts'

/** The pipe on which a process says that it is about to freeze; a message could be left unsent. */
export const FREEZE_PIPE = 4

/** How this process kills and freezes itself. */
export const SELF: FailActions = {
  kill: () => process.kill(process.pid, 'SIGKILL'),
  freeze() {
    writeSync(FREEZE_PIPE, 'freezing\n')
    process.kill(process.pid, 'SIGSTOP')
  },
}
