import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type ClaimableTaskLogBroker, WaybillError, type WaybillErrorCode } from '@waybill/core'
import type { Elsewhere } from '../task-log/initializer.ts'
import type { Reply } from './peer.ts'

/** This file runs as it is in the workspace, and compiled in the package. */
const PEER = new URL(import.meta.url.endsWith('.ts') ? './peer.ts' : './peer.js', import.meta.url)

interface Waiting {
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: unknown) => void
}

/** A log in a process of its own, spoken to as if it were here. */
export class RemoteLog {
  /** Every call goes to the other process. */
  readonly log: ClaimableTaskLogBroker
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, Waiting>()
  #lastId = 0

  private constructor(child: ChildProcess) {
    this.#child = child
    child.on('message', (reply: Reply) => this.#settle(reply))
    child.on('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('The process has ended.'))
      this.#waiting.clear()
    })
    this.log = new Proxy({} as ClaimableTaskLogBroker, {
      get: (_target, method) =>
        method === 'then' ? undefined : (...input: unknown[]) => this.#call(String(method), input),
    })
  }

  /** Starts a process and opens a log in it. */
  static async open({ module, options }: Elsewhere): Promise<RemoteLog> {
    const child = fork(fileURLToPath(PEER), [module, JSON.stringify(options)], {
      serialization: 'advanced',
      execArgv: process.features.typescript ? [] : ['--experimental-strip-types'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    const remote = new RemoteLog(child)
    await new Promise((resolve, reject) => remote.#waiting.set(0, { resolve, reject }))
    return remote
  }

  /** Ends the process at once, as a crash would. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.kill('SIGKILL')
    await once(this.#child, 'exit')
  }

  /** Closes the log and ends the process. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    if (this.#child.connected) this.#child.disconnect()
    await exited
  }

  async #call(method: string, input: readonly unknown[]): Promise<unknown> {
    this.#lastId += 1
    const id = this.#lastId
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#child.send({ id, method, input }, (error) => {
        if (error !== null) reject(error)
      })
    })
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    if ('answer' in reply) waiting?.resolve(reply.answer)
    else {
      const { code, message, retryable } = reply.error
      waiting?.reject(new WaybillError(code as WaybillErrorCode, message, { retryable: retryable === true }))
    }
  }
}
