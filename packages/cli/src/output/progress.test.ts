import { expect, test } from 'vitest'
import { terminal } from '../../test/terminal.ts'
import { Progress } from './progress.ts'

test('elsewhere than on a terminal there is a line for every 5 %, with rate and remaining time', () => {
  const { output, stderr } = terminal(null)
  let now = 0
  const progress = new Progress(output, { label: 'Cancelling', total: 1_000, now: () => now })
  for (let done = 1; done <= 1_000; done += 1) {
    now = done * 100
    progress.show(done)
  }
  progress.end()
  const lines = stderr().trimEnd().split('\n')
  expect(lines).toHaveLength(20)
  expect(lines[9]).toBe('Cancelling 500/1,000 50 %, 10/s, 50 s left')
  expect(lines[19]).toBe('Cancelling 1,000/1,000 100 %, 10/s')
})

test('on a terminal there is one line, which is drawn again and taken away', () => {
  const { output, stdout, stderr } = terminal(60, { colour: false })
  let now = 0
  const progress = new Progress(output, { label: 'Exporting', total: 200, now: () => now })
  for (const done of [50, 100, 200]) {
    now += 2_000
    progress.show(done)
  }
  progress.end()
  expect(stdout()).toBe('')
  const drawn = stderr().split('\r\x1b[2K')
  expect(drawn[2]).toMatch(/^█+░+ Exporting 100\/200 50 %, 25\/s, 4 s left$/)
  expect(Math.max(...drawn.map((line) => line.length))).toBeLessThan(60)
  expect(drawn.at(-1)).toBe('')
  expect(stderr()).not.toContain('\n')
})

test('a terminal of 40 columns has room for the figures', () => {
  const { output, stderr } = terminal(40)
  let now = 0
  const progress = new Progress(output, { label: 'Cancelling', total: 2_000_000, now: () => now })
  now = 60_000
  progress.show(1_000_000)
  const drawn = stderr().split('\r\x1b[2K').at(-1) ?? ''
  expect(drawn.length).toBeLessThan(40)
  expect(drawn).toContain('1,000,000/2,000,000 50 %')
})

test('work that takes less than a second says nothing', async () => {
  for (const width of [null, 80]) {
    const { output, stderr } = terminal(width)
    const progress = new Progress(output, { label: 'Deleting', total: 100 })
    await progress.update(50)
    await progress.update(100)
    progress.end()
    expect(stderr()).toBe('')
  }
})

test('signals and timers get their turn between two updates', async () => {
  const { output } = terminal(null)
  const progress = new Progress(output, { label: 'Deleting', total: 100 })
  let turns = 0
  setImmediate(() => {
    turns += 1
  })
  await progress.update(50)
  expect(turns).toBe(1)
})

test('of nothing everything is done', () => {
  const { output, stderr } = terminal(null)
  let now = 0
  const progress = new Progress(output, { label: 'Deleting', total: 0, now: () => now })
  now = 1_000
  progress.show(0)
  expect(stderr()).toBe('Deleting 0/0 100 %\n')
})
