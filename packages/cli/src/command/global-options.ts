import { flag, type Inputs, text } from './inputs.ts'

/** The options every command has. */
export interface GlobalOptions {
  readonly config: string | undefined
  readonly url: string | undefined
  readonly envFile: string | undefined
  readonly json: boolean
  readonly noColor: boolean
  readonly debug: boolean
}

/** How they are written. They may stand before the command or behind it. */
export const GLOBAL_INPUTS: Inputs<GlobalOptions> = {
  config: text('--config <file>', 'the configuration, instead of looking for waybill.config.*', {
    variable: 'WAYBILL_CONFIG',
  }),
  url: text('--url <url>', 'the task log, instead of the one of the configuration; without a password', {
    variable: 'WAYBILL_URL',
  }),
  envFile: text('--env-file <file>', 'reads environment variables that are not set from a file', {
    variable: 'WAYBILL_ENV_FILE',
  }),
  json: flag('--json', 'prints one JSON document'),
  noColor: flag('--no-color', 'prints no colours'),
  debug: flag('--debug', 'prints a stack trace with an error', { variable: 'WAYBILL_DEBUG' }),
}
