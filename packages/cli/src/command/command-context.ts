import type { ClaimableTaskLogBroker, QueueDispatcher, TaskLog, TaskLogBroker } from '@waybill/core'
import type { Migrations } from '@waybill/migration'
import type { LoadedConfig } from '../config/load-config.ts'
import type { LogSource } from '../config/open-task-log.ts'
import { UsageError } from '../errors/cli-error.ts'
import type { Output } from '../output/output.ts'
import type { GlobalOptions } from './global-options.ts'
import type { Host } from './host.ts'

/** What a command works with. What is costly is made when it is first asked for, and given back by `close`. */
export class CommandContext {
  readonly host: Host
  readonly options: GlobalOptions
  readonly output: Output
  /** Aborted when the command should end: interrupted, or nobody reads its output. */
  readonly signal: AbortSignal
  /** From here on the command deals with INT and TERM itself; until then they abort the signal. */
  readonly takeSignals: () => void
  #config: Promise<LoadedConfig> | null = null
  #log: Promise<TaskLogBroker> | null = null

  /** @param parts what the command gets from whoever calls it */
  constructor(parts: Pick<CommandContext, 'host' | 'options' | 'output' | 'signal' | 'takeSignals'>) {
    this.host = parts.host
    this.options = parts.options
    this.output = parts.output
    this.signal = parts.signal
    this.takeSignals = parts.takeSignals
  }

  /** The configuration. @throws UsageError */
  config(): Promise<LoadedConfig> {
    this.#config ??= this.#loadConfig()
    return this.#config
  }

  /** Which log is meant. @throws UsageError */
  async logSource(): Promise<LogSource> {
    const { logSource } = await import('../config/open-task-log.ts')
    const { url } = this.options
    const { environment, folder } = this.host
    return logSource(await this.config(), { url, folder }, environment)
  }

  /** The adapter of the log, opened once. */
  broker(): Promise<TaskLogBroker> {
    this.#log ??= this.#open()
    return this.#log
  }

  /** The adapter of a log that hands tasks to workers. @throws NotSupportedError */
  async claimableBroker(): Promise<ClaimableTaskLogBroker> {
    const { isClaimable, NotSupportedError } = await import('@waybill/core')
    const log = await this.broker()
    if (isClaimable(log)) return log
    throw new NotSupportedError(`The ${log.id} task log`, 'workers and queues')
  }

  /** The log. */
  async taskLog(): Promise<TaskLog> {
    const { TaskLog } = await import('@waybill/core')
    return new TaskLog(await this.broker())
  }

  /** A dispatcher that knows the configuration's queues and tasks. */
  async dispatcher(): Promise<QueueDispatcher> {
    const { config } = await this.config()
    return config.migrations === undefined ? await this.#dispatcher() : (await this.migrations()).dispatcher
  }

  /** The configuration's migrations, on a dispatcher that knows their tasks too. */
  async migrations(): Promise<Migrations> {
    const { createMigrations } = await import('@waybill/migration')
    const { loadMigrations } = await import('../config/load-migrations.ts')
    const migrations = await loadMigrations(await this.config())
    return createMigrations({ dispatcher: await this.#dispatcher(), migrations })
  }

  async #dispatcher(): Promise<QueueDispatcher> {
    const { createDispatcher } = await import('../config/create-dispatcher.ts')
    const { loadTasks } = await import('../config/load-tasks.ts')
    const config = await this.config()
    return createDispatcher(config.config, await this.taskLog(), await loadTasks(config))
  }

  /**
   * Asks the person at the terminal; true for yes. Elsewhere it is an error: scripts say `--yes`.
   * @throws UsageError where nobody can answer
   */
  async confirm(question: string): Promise<boolean> {
    const { stdin, stderr } = this.host
    if (stdin.isTTY !== true || !this.output.surroundings.animated) {
      throw new UsageError(`${question} Nobody can answer here; say --yes, or --dry-run to look first`)
    }
    const { confirm, isCancel } = await import('@clack/prompts')
    const answer = await confirm({
      message: question,
      initialValue: false,
      input: stdin,
      output: stderr,
      signal: this.signal,
    })
    return !isCancel(answer) && answer
  }

  /** Gives back what was opened. */
  async close(): Promise<void> {
    if (this.#log === null) return
    const log = await this.#log.catch(() => null)
    await log?.close()
  }

  async #loadConfig(): Promise<LoadedConfig> {
    const { loadConfig } = await import('../config/load-config.ts')
    const loaded = await loadConfig(this.host.folder, this.options.config)
    if (loaded.config.url !== undefined) this.output.redactor.learnUrl(loaded.config.url)
    return loaded
  }

  async #open(): Promise<TaskLogBroker> {
    const { openTaskLog } = await import('../config/open-task-log.ts')
    return await openTaskLog(await this.logSource(), this.host.environment)
  }
}
