import { describe, expect, test } from 'vitest'
import { checkBroker } from '../../src/index.ts'
import { BROKEN_BROKERS, brokerInitializerOf } from './brokers.ts'
import { namedRules } from './expected-breaks.ts'

describe('a broken broker breaks exactly the rules that forbid what it does', () => {
  test.each(BROKEN_BROKERS)('$name', async (broken) => {
    const verdicts = await checkBroker(brokerInitializerOf(broken))
    const found = verdicts.flatMap(({ id, outcome }) => (outcome === 'broken' ? id : []))
    expect(found).toEqual(namedRules(broken.breaks))
  })
})
