import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/**
 * What happens to a request: `before`: the connection breaks and the server never gets it; `after`: the server does it,
 * and the connection breaks in place of its reply; `silence`: it gets lost, and nothing is ever heard again.
 */
export type Fault = 'before' | 'after' | 'silence'

/** Stands between a client and a server, and breaks what it is told to. Requests must not be encrypted. */
export interface FaultProxy {
  /** The server's URL with the proxy's address in it. */
  readonly url: string
  /** How many faults have struck. */
  readonly struck: number
  /** Lets a fault strike the next requests, so many of them, that contain the text. */
  strike(fault: Fault, text: string, times?: number): void
  /** Breaks every connection there is. */
  breakAll(): void
  /** Holds everything back, both ways and on new connections too, as a network that is down does. */
  hold(): void
  /** Lets through what was held back. */
  release(): void
  close(): Promise<void>
}

interface Armed {
  readonly fault: Fault
  readonly text: string
  left: number
}

/** Starts a proxy before the server at this URL. */
export async function startFaultProxy(serverUrl: string): Promise<FaultProxy> {
  const server = new URL(serverUrl)
  const armed: Armed[] = []
  const sockets = new Set<Socket>()
  let struck = 0
  let isHeld = false

  const strikes = (request: Buffer): Fault | null => {
    const hit = armed.find(({ left, text }) => left > 0 && request.includes(text))
    if (hit === undefined) return null
    hit.left--
    struck++
    return hit.fault
  }

  const listener = createServer((client) => {
    const upstream = connect(Number(server.port), server.hostname)
    const breakOff = (): void => {
      for (const socket of [client, upstream]) {
        socket.destroy()
        sockets.delete(socket)
      }
    }
    let state: 'open' | 'swallowing' | 'silent' = 'open'
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.setNoDelay(true).on('error', breakOff).on('close', breakOff)
      if (isHeld) socket.pause()
    }
    client.on('data', (request) => {
      const fault = strikes(request)
      if (fault === 'before') return breakOff()
      if (fault === 'after') state = 'swallowing'
      if (fault === 'silence') state = 'silent'
      if (state !== 'silent') upstream.write(request)
    })
    upstream.on('data', (reply) => {
      if (state === 'swallowing') breakOff()
      else if (state === 'open') client.write(reply)
    })
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('No free port')
  const url = new URL(serverUrl)
  url.hostname = '127.0.0.1'
  url.port = String(address.port)

  const breakAll = (): void => {
    for (const socket of [...sockets]) socket.destroy()
  }
  return {
    url: url.href,
    get struck() {
      return struck
    },
    strike(fault, text, times = 1) {
      armed.push({ fault, text, left: times })
    },
    breakAll,
    hold() {
      isHeld = true
      for (const socket of sockets) socket.pause()
    },
    release() {
      isHeld = false
      for (const socket of sockets) socket.resume()
    },
    async close() {
      listener.close()
      breakAll()
      await once(listener, 'close')
    },
  }
}
