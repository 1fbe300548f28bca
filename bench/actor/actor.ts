import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Commands } from './commands.ts'
import type { Storage } from './contender.ts'

export type Command = keyof Commands

type Argument<Name extends Command> = Parameters<Commands[Name]>[0]
type Value<Name extends Command> = Awaited<ReturnType<Commands[Name]>>

export interface Request {
  readonly id: number
  readonly command: Command
  readonly argument: unknown
}

export interface Answer {
  readonly id: number
  readonly value?: unknown
  readonly error?: string
}

interface Asked {
  readonly resolve: (value: never) => void
  readonly reject: (error: Error) => void
}

/** A process of the bench that uses one contender. */
export class Actor {
  readonly #process: ChildProcess
  readonly #asked: Map<number, Asked> = new Map()
  #lastId = 0

  /**
   * @param module the path of the contender's module; @param storage where it keeps its tasks; @param nodeOptions how its
   * process is started
   */
  constructor(module: string, storage: Storage, nodeOptions: readonly string[] = []) {
    this.#process = fork(join(import.meta.dirname, 'main.ts'), [module, JSON.stringify(storage)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: [...process.execArgv, ...nodeOptions],
    })
    this.#process.on('message', ({ id, value, error }: Answer) => {
      const asked = this.#asked.get(id)
      this.#asked.delete(id)
      if (error === undefined) asked?.resolve(value as never)
      else asked?.reject(new Error(`${module}: ${error}`))
    })
    this.#process.on('exit', (code, signal) => {
      for (const { reject } of this.#asked.values()) reject(new Error(`${module} ended: ${signal ?? code}`))
      this.#asked.clear()
    })
  }

  /** Has the process do something; rejects when it fails or ends before it has answered. */
  ask<Name extends Command>(
    command: Name,
    ...[argument]: Argument<Name> extends undefined ? [] : [Argument<Name>]
  ): Promise<Value<Name>> {
    this.#lastId += 1
    const id = this.#lastId
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject })
      this.#process.send({ id, command, argument })
    })
  }

  /** Ends the process as a power cut would. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** Lets the contender give back what it opened and ends the process. */
  async end(): Promise<void> {
    if (this.#isRunning) await this.ask('close').catch(() => undefined)
    await this.#end('SIGKILL')
  }

  get #isRunning(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (!this.#isRunning) return
    const exited = once(this.#process, 'exit')
    this.#process.kill(signal)
    await exited
  }
}
