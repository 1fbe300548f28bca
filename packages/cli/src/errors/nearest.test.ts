import { expect, test } from 'vitest'
import { nearest } from './nearest.ts'

test.each([
  ['tsks', 'tasks'],
  ['taks', 'tasks'],
  ['TASKS', 'tasks'],
  ['worke', 'worker'],
  ['statsu', 'status'],
  ['zzz', undefined],
])('near %s is %s', (word, candidate) => {
  expect(nearest(word, ['worker', 'workers', 'status', 'tasks', 'queues'])).toBe(candidate)
})
