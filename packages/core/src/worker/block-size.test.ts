import { expect, it } from 'vitest'
import { BlockSize } from './block-size.ts'

/** Ends so many tasks, one after the other, that take so long each. */
function work(size: BlockSize, from: number, tasks: number, eachMs: number): number {
  for (let task = 1; task <= tasks; task += 1) size.ended(from + task * eachMs)
  return from + tasks * eachMs
}

it('a block is nothing as long as nothing is known', () => {
  const size = new BlockSize(100, 1_000)
  expect(size.value).toBe(0)
  size.ended(1_024)
  expect(size.value).toBe(0)
})

it('a block is what gets done in 100 ms, known after a quarter of that', () => {
  const size = new BlockSize(100, 1_000)
  work(size, 1_000, 5, 5)
  expect(size.value).toBe(20)
})

it('a block is never more than the limit', () => {
  const size = new BlockSize(15, 0)
  work(size, 0, 5, 5)
  expect(size.value).toBe(15)
})

it('a newer measurement counts for three tenths', () => {
  const size = new BlockSize(1_000, 0)
  const now = work(size, 0, 50, 1) // 100 in 100 ms, measured twice
  expect(size.value).toBe(100)
  work(size, now, 1, 50) // 2 in 100 ms
  expect(size.value).toBe(70)
})

it('idle time says nothing about how long tasks take', () => {
  const size = new BlockSize(1_000, 0)
  size.ended(10)
  size.resume(10_000)
  work(size, 10_000, 5, 5)
  expect(size.value).toBe(20)
})
