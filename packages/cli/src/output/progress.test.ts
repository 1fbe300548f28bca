import { expect, test } from 'vitest'
import { terminal } from '../../test/terminal.ts'
import { Progress } from './progress.ts'

test('elsewhere than on a terminal there is a line for every 5 %, with rate and remaining time', () => {
  const { output, stderr } = terminal(null)
  let now = 0
  const progress = new Progress(output, 'Cancelling', 1_000, () => now)
  for (let done = 1; done <= 1_000; done += 1) {
    now = done * 10
    progress.update(done)
  }
  progress.end()
  const lines = stderr().trimEnd().split('\n')
  expect(lines).toHaveLength(20)
  expect(lines[9]).toBe('Cancelling 500/1,000 50 %, 100/s, 5 s left')
  expect(lines[19]).toBe('Cancelling 1,000/1,000 100 %, 100/s')
})

test('on a terminal there is one line, which is drawn again and taken away', () => {
  const { output, stdout, stderr } = terminal(60, { colour: false })
  let now = 0
  const progress = new Progress(output, 'Exporting', 200, () => now)
  for (const done of [50, 100, 200]) {
    now += 2_000
    progress.update(done)
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
  const progress = new Progress(output, 'Cancelling', 2_000_000, () => now)
  now = 60_000
  progress.update(1_000_000)
  const drawn = stderr().split('\r\x1b[2K').at(-1) ?? ''
  expect(drawn.length).toBeLessThan(40)
  expect(drawn).toContain('1,000,000/2,000,000 50 %')
})

test('nothing to do is done', () => {
  const { output, stderr } = terminal(null)
  const progress = new Progress(output, 'Deleting', 0)
  progress.update(0)
  expect(stderr()).toBe('Deleting 0/0 100 %\n')
})
