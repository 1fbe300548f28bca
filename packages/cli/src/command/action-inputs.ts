import { flag, type Inputs } from './inputs.ts'

/** The flags of commands that change, or take away, what is in the log. */
export interface ActionOptions {
  readonly yes: boolean
  readonly dryRun: boolean
}

/** How they are written. */
export const ACTION_INPUTS: Inputs<ActionOptions> = {
  yes: flag('-y, --yes', 'does not ask', { variable: 'WAYBILL_YES' }),
  dryRun: flag('--dry-run', 'says what it would do, and does nothing'),
}
