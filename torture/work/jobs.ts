import type { Chance } from './chance.ts'

/** What a task is to do: the whole of it is its input, so that every attempt does the same. */
export interface Job {
  /** Tells jobs apart. */
  readonly name: string
  /** Which definition runs it. */
  readonly kind: 'plain' | 'limited' | 'brief' | 'single'
  readonly workMs: number
  /** How its attempts end. */
  readonly ends: 'well' | 'in failure' | 'by a throw' | 'by a retry' | 'by a crash'
  /** How many attempts end that way; the later ones end well. */
  readonly times: number
  /** It adds these, and they wait for it as it waits for them. */
  readonly children: readonly Job[]
  /** It goes on although its signal is aborted. */
  readonly isDeaf: boolean
  readonly checkpoints: boolean
}

const KINDS = ['plain', 'plain', 'plain', 'limited', 'brief', 'single'] as const
const ENDS = ['well', 'well', 'well', 'well', 'in failure', 'by a throw', 'by a retry'] as const

/** What random jobs are like. */
export interface JobMix {
  /** How likely one crashes its process. */
  readonly crashes: number
  /** The longest work. */
  readonly mostMs: number
}

/** A job, its children and theirs. */
export function randomJob(chance: Chance, name: string, mix: JobMix, depth = 2): Job {
  const children = depth > 0 && chance.happens(0.2) ? chance.between(1, 3) : 0
  return {
    name,
    kind: chance.pick(KINDS),
    workMs: chance.happens(0.4) ? 0 : chance.between(1, mix.mostMs),
    ends: chance.happens(mix.crashes) ? 'by a crash' : chance.pick(ENDS),
    times: chance.between(1, 3),
    children: Array.from({ length: children }, (_, index) =>
      randomJob(chance, `${name}.${index}`, mix, depth - 1),
    ),
    isDeaf: chance.happens(0.1),
    checkpoints: chance.happens(0.2),
  }
}
