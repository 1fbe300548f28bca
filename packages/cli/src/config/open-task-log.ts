import type { TaskLogBroker } from '@waybill/core'
import { UsageError } from '../errors/cli-error.ts'
import type { Environment } from '../output/surroundings.ts'
import { openByUrl } from './adapters.ts'
import { CONFIG_NAMES } from './find-config.ts'
import type { LoadedConfig } from './load-config.ts'

/** Where the log comes from: a URL and what said so, or the configuration's own. */
export type LogSource =
  | { readonly kind: 'url'; readonly url: string; readonly from: string; readonly folder: string }
  | { readonly kind: 'config'; readonly log: NonNullable<LoadedConfig['config']['log']> }

/**
 * Which log is meant: flag, WAYBILL_URL, configuration, DATABASE_URL, the first that says something.
 *
 * @param given the flag's or the variable's URL
 * @throws UsageError when none does, or the configuration says two things
 */
export function logSource(
  { config, file, folder }: LoadedConfig,
  given: { readonly url: string | undefined; readonly folder: string },
  environment: Environment,
): LogSource {
  if (given.url !== undefined) return { kind: 'url', url: given.url, from: '--url', folder: given.folder }
  if (config.log !== undefined && config.url !== undefined) {
    throw new UsageError('log: the configuration has a url too; expected one of them')
  }
  if (config.log !== undefined) return { kind: 'config', log: config.log }
  if (config.url !== undefined) return { kind: 'url', url: config.url, from: 'the configuration', folder }
  const url = environment['DATABASE_URL']
  if (url) return { kind: 'url', url, from: 'DATABASE_URL', folder: given.folder }
  const where =
    file === null ? `There is no ${CONFIG_NAMES[0]} here or above` : `${file} has neither log nor url`
  throw new UsageError(`${where}, and no WAYBILL_URL. Run waybill init, or pass --url sqlite:waybill.db`)
}

/** Opens it; the caller closes it. */
export async function openTaskLog(source: LogSource, environment: Environment): Promise<TaskLogBroker> {
  if (source.kind === 'url') {
    return await openByUrl(source.url, source.folder, environment['npm_config_user_agent'])
  }
  const log: unknown = typeof source.log === 'function' ? await source.log() : source.log
  if (typeof log === 'object' && log !== null && 'specificationVersion' in log) return log as TaskLogBroker
  throw new UsageError('log: expected the function to answer a task log')
}
