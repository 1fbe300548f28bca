import { InvalidInputError, NotFoundError, TaskLog } from '@waybill/core'
import { beforeEach, describe, expect, it } from 'vitest'
import { altered, strangeId, World } from './world.ts'

let world: World
let asked: number
let log: TaskLog

beforeEach(() => {
  world = new World()
  asked = 0
  const counting = altered(world.broker, {
    find(ids) {
      asked += 1
      return world.broker.find(ids)
    },
  })
  log = new TaskLog(counting, { clock: world.clock })
})

/** Lets everything run that need not wait for the clock. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

/** Goes on in small steps, so that every poll between is made. */
async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 10) {
    world.clock.advance(10)
    await settled()
  }
}

describe('wait', () => {
  it('answers at once for tasks that have ended, in the order that was asked for', async () => {
    const [a, b] = [await world.ended('completed'), await world.ended('failed')]
    expect((await log.wait([b, { id: a }, b])).map(({ id, status }) => [id, status])).toEqual([
      [b, 'failed'],
      [a, 'completed'],
      [b, 'failed'],
    ])
    expect(asked).toBe(1)
    expect(await log.wait([])).toEqual([])
  })

  it('takes more tasks than one question of the adapter holds', async () => {
    const ids = await world.addAll(1_001)
    await Promise.all(ids.map((id) => world.log.cancel(id)))
    expect(await log.wait(ids)).toHaveLength(1_001)
    expect(asked).toBe(3)
  })

  it('answers once the last of them has ended', async () => {
    const [a, b] = await world.addAll(2)
    let answer: readonly string[] | undefined
    const waiting = log.wait([a, b] as string[]).then((entities) => {
      answer = entities.map(({ status }) => status)
    })
    await pass(100)
    await world.settle(await world.run(a as string), 'completed')
    await pass(1_000)
    expect(answer).toBeUndefined()
    await log.cancel(b as string)
    await pass(2_000)
    await waiting
    expect(answer).toEqual(['completed', 'cancelled'])
  })

  it('waits on while children run', async () => {
    const parent = await world.add()
    const claim = await world.run(parent)
    const child = await world.add({ parentId: parent })
    await world.settle(claim, 'completed')
    let done = false
    const waiting = log.wait(parent).then(() => {
      done = true
    })
    await pass(1_000)
    expect(done).toBe(false)
    await world.settle(await world.run(child), 'failed', 'report')
    await pass(2_000)
    await waiting
    expect(await log.getById(parent)).toMatchObject({ status: 'failed', reason: 'child_failed' })
  })

  it('asks less and less often', async () => {
    const id = await world.add()
    const waiting = log.wait(id)
    await pass(200)
    const early = asked
    await pass(60_000)
    expect(early).toBeGreaterThan(3)
    expect(asked - early).toBeLessThan(45)
    await log.cancel(id)
    await pass(2_000)
    await waiting
  })

  it('is over after its timeout, with an error that says how many are left', async () => {
    const id = await world.add()
    const waiting = log.wait([id, await world.ended('completed')], { timeout: '5s' })
    const failure = expect(waiting).rejects.toMatchObject({
      code: 'aborted',
      retryable: true,
      message: '1 of 2 tasks had not ended after 5000 ms.',
    })
    await pass(5_000)
    await failure
    expect(world.clock.waiting).toBe(0)
  })

  it('is over when it is told to, with the reason of the signal, and leaves no timer', async () => {
    const stop = new AbortController()
    const waiting = log.wait(await world.add(), { signal: stop.signal })
    const failure = expect(waiting).rejects.toThrow('enough')
    await pass(100)
    stop.abort(new Error('enough'))
    await failure
    expect(world.clock.waiting).toBe(0)
    await expect(log.wait(strangeId(), { signal: stop.signal })).rejects.toThrow('enough')
  })

  it('for a task that does not exist, or is deleted meanwhile, is not found', async () => {
    await expect(log.wait(strangeId())).rejects.toThrow(NotFoundError)
    await expect(log.wait('x')).rejects.toThrow(NotFoundError)
    const parent = await world.add()
    const child = await world.add({ parentId: parent })
    const failure = expect(log.wait([child, parent])).rejects.toThrow(NotFoundError)
    await settled()
    await world.log.cancel(parent)
    await world.log.delete(child)
    await world.log.delete(parent)
    await pass(2_000)
    await failure
  })

  it.each(['soon', -1, Number.NaN, {}])('with a timeout of %j is refused', async (timeout) => {
    await expect(log.wait(await world.add(), { timeout: timeout as never })).rejects.toThrow(
      InvalidInputError,
    )
  })
})
