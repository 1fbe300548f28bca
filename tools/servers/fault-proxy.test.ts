import { once } from 'node:events'
import { connect, createServer, type Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts'

let received: string[]
let server: Server
let proxy: FaultProxy

beforeEach(async () => {
  received = []
  server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (data) => {
      received.push(String(data))
      socket.write(`did ${data}`)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  proxy = await startFaultProxy(`mysql://root@127.0.0.1:${port}/waybill`)
})

afterEach(async () => {
  await proxy.close()
  server.close()
})

test('what it is not told to break goes through', async () => {
  expect(await ask('one')).toBe('did one')
  expect(new URL(proxy.url).pathname).toBe('/waybill')
  expect(proxy.struck).toBe(0)
})

test('before: the server never gets the request', async () => {
  proxy.strike('before', 'COMMIT')
  expect(await ask('COMMIT')).toBe('broken')
  expect(received).toEqual([])
  expect(await ask('COMMIT')).toBe('did COMMIT')
  expect(proxy.struck).toBe(1)
})

test('after: the server does it and the reply gets lost', async () => {
  proxy.strike('after', 'COMMIT', 2)
  expect([await ask('COMMIT'), await ask('COMMIT'), await ask('COMMIT')]).toEqual([
    'broken',
    'broken',
    'did COMMIT',
  ])
  expect(received).toEqual(['COMMIT', 'COMMIT', 'COMMIT'])
})

test('silence: the request gets lost and the connection stays open', async () => {
  proxy.strike('silence', 'COMMIT')
  const answer = ask('COMMIT')
  expect(await ask('one')).toBe('did one')
  proxy.breakAll()
  expect(await answer).toBe('broken')
  expect(received).toEqual(['one'])
})

/** Sends a request on a connection of its own; answers the reply, or that the connection broke. */
async function ask(request: string): Promise<string> {
  const { port } = new URL(proxy.url)
  const socket = connect(Number(port), '127.0.0.1')
  socket.write(request)
  try {
    return await new Promise((resolve) => {
      socket.on('error', () => resolve('broken')).on('close', () => resolve('broken'))
      socket.on('data', (data) => resolve(String(data)))
    })
  } finally {
    socket.destroy()
  }
}

test('what is held back comes through when it is released', async () => {
  proxy.hold()
  const answer = ask('one')
  expect(await Promise.race([answer, sleep(50)])).toBeUndefined()
  expect(received).toEqual([])
  proxy.release()
  expect(await answer).toBe('did one')
})
