import { expect, test } from 'vitest'
import { hideMembers } from './hide-members.ts'

test('values of members that name a secret are hidden, at any depth, however they are written', () => {
  const value = {
    user: 'ada',
    password: 'x',
    nested: [{ 'API-Key': 'x', api_key: 5, accessToken: { a: 1 } }],
    Authorization: 'Bearer x',
    token: null,
    tokens: 3,
  }
  expect(hideMembers(value)).toEqual({
    user: 'ada',
    password: '***',
    nested: [{ 'API-Key': '***', api_key: '***', accessToken: '***' }],
    Authorization: '***',
    token: null,
    tokens: 3,
  })
})

test('the configuration may name others, or none', () => {
  expect(hideMembers({ pin: 1, password: 2 }, ['pin'])).toEqual({ pin: '***', password: 2 })
  expect(hideMembers({ pin: 1, password: 2 }, [])).toEqual({ pin: 1, password: 2 })
})

test('a member named __proto__ stays a member', () => {
  const hidden = hideMembers(JSON.parse('{"__proto__":{"polluted":true}}')) as object
  expect(Object.keys(hidden)).toEqual(['__proto__'])
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
})
