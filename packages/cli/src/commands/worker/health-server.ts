import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { WorkerPhase } from '@waybill/core'
import { CliError } from '../../errors/cli-error.ts'
import { EXIT } from '../../exit-code.ts'

/** What {@link startHealthServer} takes. */
export interface HealthServerOptions {
  /** 0 for any free one. */
  readonly port: number
  /** Undefined for all: probes come from outside. */
  readonly host: string | undefined
  readonly phase: () => WorkerPhase
  /** Rejects when the store does not answer. */
  readonly askStore: () => Promise<unknown>
}

/** Answers probes of an orchestrator. */
export interface HealthServer {
  readonly port: number
  close(): Promise<void>
}

/** The store is asked at most this often, however many probes come. */
const FRESH_MS = 1_000
const STORE_WITHIN_MS = 2_000

/**
 * Listens for probes. `GET /live`: 200 as long as the process answers. `GET /ready`: 200 while the worker takes tasks and
 * the store answers, else 503. Neither says anything but that.
 */
export async function startHealthServer(options: HealthServerOptions): Promise<HealthServer> {
  const storeAnswers = remembered(options.askStore)
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0]
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, 'method not allowed')
    if (path === '/live') return answer(200, 'live')
    if (path !== '/ready') return answer(404, 'not found')
    const phase = options.phase()
    if (phase !== 'running') return answer(503, phase)
    storeAnswers().then(
      (yes) => answer(yes ? 200 : 503, yes ? 'ready' : 'store not reachable'),
      () => answer(503, 'store not reachable'),
    )

    function answer(status: number, text: string): void {
      response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
      response.end(`${JSON.stringify({ status: text })}\n`)
    }
  })
  server.headersTimeout = 5_000
  server.requestTimeout = 5_000
  await listen(server, options)
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function listen(server: Server, { port, host }: HealthServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const reason = cause.code === 'EADDRINUSE' ? 'somebody else listens there' : cause.message
      reject(new CliError(`--health-port ${port}: ${reason}`, EXIT.failed, { cause }))
    })
    server.listen(host === undefined ? { port } : { port, host }, resolve)
  })
}

/** Whether the store answers, asked at most once in a while. */
function remembered(askStore: () => Promise<unknown>): () => Promise<boolean> {
  let asked = Number.NEGATIVE_INFINITY
  let answer: Promise<boolean> = Promise.resolve(false)
  return () => {
    if (performance.now() - asked > FRESH_MS) {
      asked = performance.now()
      answer = within(askStore(), STORE_WITHIN_MS)
    }
    return answer
  }
}

function within(asking: Promise<unknown>, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms)
    asking.then(
      () => resolve(true),
      () => resolve(false),
    )
    void asking.catch(() => {}).finally(() => clearTimeout(timer))
  })
}
