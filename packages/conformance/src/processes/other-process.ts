import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type ClaimableTaskLogBroker, WaybillError, type WaybillErrorCode } from '@waybill/core'
import type { Elsewhere } from '../task-log/initializer.ts'
import type { PeerReply, PeerRequest } from './peer.ts'

/** Sources run as they are in the workspace; the package has them compiled. */
const PEER: URL = new URL(import.meta.url.endsWith('.ts') ? './peer.ts' : './peer.js', import.meta.url)

interface Waiting {
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: unknown) => void
}

/** A process of its own, in which logs are opened and spoken to as if they were here. */
export class OtherProcess {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, Waiting>()
  #lastId = 0

  private constructor() {
    this.#child = fork(fileURLToPath(PEER), [], {
      serialization: 'advanced',
      execArgv: process.features.typescript ? [] : ['--experimental-strip-types'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.#child.on('message', (reply: PeerReply) => this.#settle(reply))
    this.#child.on('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('The process has ended.'))
      this.#waiting.clear()
    })
  }

  /** Starts a process. */
  static async start(): Promise<OtherProcess> {
    const other = new OtherProcess()
    await new Promise((resolve, reject) => other.#waiting.set(0, { resolve, reject }))
    return other
  }

  /** Whether it still runs. */
  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Opens a log there; every call to it goes over. */
  async open({ module, options }: Elsewhere): Promise<ClaimableTaskLogBroker> {
    const log = (await this.#ask({ log: null, method: 'open', input: [module, options] })) as number
    return new Proxy({} as ClaimableTaskLogBroker, {
      get: (_target, method) =>
        method === 'then'
          ? undefined
          : (...input: unknown[]) => this.#ask({ log, method: String(method), input }),
    })
  }

  /** Ends the process at once, as a crash would. */
  async kill(): Promise<void> {
    if (!this.isRunning) return
    this.#child.kill('SIGKILL')
    await once(this.#child, 'exit')
  }

  /** Lets the process end. */
  async end(): Promise<void> {
    if (!this.isRunning) return
    const exited = once(this.#child, 'exit')
    if (this.#child.connected) this.#child.disconnect()
    await exited
  }

  async #ask(request: Omit<PeerRequest, 'id'>): Promise<unknown> {
    this.#lastId += 1
    const id = this.#lastId
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#child.send({ id, ...request }, (error) => {
        if (error !== null) reject(error)
      })
    })
  }

  #settle(reply: PeerReply): void {
    const waiting = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    if ('answer' in reply) waiting?.resolve(reply.answer)
    else {
      const { code, message, retryable } = reply.error
      waiting?.reject(new WaybillError(code as WaybillErrorCode, message, { retryable: retryable === true }))
    }
  }
}
