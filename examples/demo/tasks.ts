import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { defineTask, Report } from '@waybill/core'
import { z } from 'zod'
import { rows } from './data.ts'

/** Where the tasks write their files. */
export const OUTPUT = join(import.meta.dirname, 'out')

const Strike = z.object({
  'Airport Name': z.string(),
  'Flight Date': z.string(),
  'Cost Total $': z.coerce.number(),
  'Speed IAS in knots': z.string().min(1, 'no speed was noted').transform(Number).pipe(z.number().max(600)),
  'Wildlife Species': z.string(),
})

/** One child of the yearbook: the bird strikes of a year, its costs and its file. */
export const strikesOfYear = defineTask({
  name: 'strikes.year',
  category: 'export',
  input: z.object({ year: z.number().int() }),
  label: ({ year }) => `Bird strikes of ${year}`,
  queue: 'exports',
  async run({ year }, { progress, signal }) {
    const ofYear = rows('birdstrikes.csv').filter((row) => row['Flight Date']?.startsWith(`${year}`))
    if (ofYear.length === 0) return Report.error(`There are no bird strikes of ${year} in the data.`)
    const bad = Report.warning('Rows that were left out')
    const good: z.infer<typeof Strike>[] = []
    for (const [index, row] of ofYear.entries()) {
      const strike = Strike.safeParse(row)
      if (strike.success) good.push(strike.data)
      else if (bad.children.length < 3)
        bad.add(Report.warning(`${row['Airport Name']}: ${strike.error.issues[0]?.message}`))
      if (index % 100 === 0) {
        progress(index, ofYear.length, 'reading')
        await sleep(10, undefined, { signal })
      }
    }
    const cost = good.reduce((sum, strike) => sum + strike['Cost Total $'], 0)
    const fastest = good.reduce((a, b) => (a['Speed IAS in knots'] > b['Speed IAS in knots'] ? a : b))
    const file = write(`strikes-${year}.json`, { year, strikes: good.length, cost, fastest })
    const left = ofYear.length - good.length
    return Report.success(`${good.length} strikes, ${cost.toLocaleString('en')} dollars`, { file }).add(
      Report.info(`The fastest: ${fastest['Wildlife Species']} at ${fastest['Speed IAS in knots']} knots`),
      ...(left === 0 ? [] : [bad.add(Report.warning(`${left} of ${ofYear.length} rows in all`))]),
    )
  },
})

/** The parent: a child for each year; it ends when they have. */
export const yearbook = defineTask({
  name: 'strikes.yearbook',
  category: 'export',
  input: z.object({ from: z.number().int(), to: z.number().int() }),
  label: ({ from, to }) => `Bird strike yearbook ${from}-${to}`,
  queue: 'exports',
  async run({ from, to }, { enqueueChild }) {
    for (let year = from; year <= to; year += 1) await enqueueChild(strikesOfYear, { year })
    return Report.success(`A file for each year from ${from} to ${to}`, { folder: OUTPUT })
  },
})

/** Small work for the heavier queue: a month of weather. */
export const weatherOfMonth = defineTask({
  name: 'weather.month',
  category: 'import',
  input: z.object({ location: z.string(), month: z.string() }),
  label: ({ location, month }) => `Weather of ${location}, ${month}`,
  queue: 'imports',
  run({ location, month }) {
    const days = rows('weather.csv').filter(
      (row) => row['location'] === location && row['date']?.startsWith(month),
    )
    const rain = days.reduce((sum, day) => sum + Number(day['precipitation']), 0)
    return Report.success(`${days.length} days, ${rain.toFixed(1)} mm of rain`)
  },
})

/** Long enough to be caught in the act: the demo kills the worker that runs it. */
export const compile = defineTask({
  name: 'yearbook.compile',
  category: 'create',
  label: 'Compile the yearbook',
  queue: 'exports',
  priority: -1,
  async run(_: undefined, { attempt, progress, signal }) {
    for (let page = 1; page <= 20; page += 1) {
      progress(page, 20, 'setting pages')
      await sleep(100, undefined, { signal })
    }
    const file = write('yearbook.json', { pages: 20, attempt })
    return Report.success(`20 pages, on attempt ${attempt}`, { file })
  },
})

function write(name: string, content: unknown): string {
  mkdirSync(OUTPUT, { recursive: true })
  const file = join(OUTPUT, name)
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`)
  return file
}
