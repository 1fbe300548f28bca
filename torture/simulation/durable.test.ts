import { expect, it } from 'vitest'
import { World } from './world.ts'
import { worldsKeepTheirPromises } from './worlds.ts'

worldsKeepTheirPromises(1, 1_200, [])

it('a world is lived through again, call by call, by its seed', async () => {
  for (const seed of [1, 2, 3]) {
    const [first, again] = [await World.live(seed), await World.live(seed)]
    expect(nameless(again.facts)).toEqual(nameless(first.facts))
  }
})

/** Ids and tokens are made at random, and decide nothing: each is named after the place in which it first appears. */
function nameless(facts: object): unknown {
  const names = new Map<string, string>()
  const text = JSON.stringify(facts)
  const replaced = text.replace(/[0-9a-f]{8}-[0-9a-f-]{27}|\b[0-9a-f]{28,32}\b/g, (name) => {
    const known = names.get(name) ?? `name ${names.size}`
    names.set(name, known)
    return known
  })
  return JSON.parse(replaced)
}
