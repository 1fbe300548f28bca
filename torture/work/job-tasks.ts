import { defineTask, type EnqueuedTask, Report, type TaskContext, type TaskDefinition } from '@waybill/core'
import type { Job } from './jobs.ts'

/** What a job needs of the world it runs in. */
export interface Workshop {
  /** Works for some time; ends with the signal's reason if there is one. */
  work(ms: number, signal: AbortSignal | null): Promise<void>
  /** Ends the process that runs the task, as a crash would. */
  crash(task: TaskContext): Promise<never>
}

/** The definitions that run jobs. */
export class JobTasks {
  readonly all: readonly TaskDefinition<Job, Job>[]
  readonly #byKind: ReadonlyMap<Job['kind'], TaskDefinition<Job, Job>>
  readonly #workshop: Workshop

  constructor(workshop: Workshop) {
    this.#workshop = workshop
    const run = (job: Job, context: TaskContext): Promise<Report> => this.#run(job, context)
    const backoff = { baseMs: 100, maxMs: 1_000 }
    this.#byKind = new Map([
      ['plain', defineTask<Job>({ name: 'plain', retry: { backoff }, run })],
      [
        'limited',
        defineTask<Job>({
          name: 'limited',
          retry: { backoff },
          limit: { key: (_, { owner }) => owner, concurrency: 2 },
          run,
        }),
      ],
      ['brief', defineTask<Job>({ name: 'brief', retry: { backoff }, timeout: '1500ms', run })],
      ['single', defineTask<Job>({ name: 'single', retry: { attempts: 1 }, run })],
    ])
    this.all = [...this.#byKind.values()]
  }

  /** The definition for a job. */
  for(job: Job): TaskDefinition<Job, Job> {
    return this.#byKind.get(job.kind) as TaskDefinition<Job, Job>
  }

  async #run(job: Job, context: TaskContext): Promise<Report> {
    const added: EnqueuedTask[] = []
    for (const child of job.children) added.push(await context.enqueueChild(this.for(child), child))
    if (job.checkpoints) await context.checkpoint({ added: added.length })
    context.progress(1, 2)
    await this.#workshop.work(job.workMs, job.isDeaf ? null : context.signal)
    if (context.attempt > job.times) return Report.success(`${job.name} at last`)
    switch (job.ends) {
      case 'well':
        return Report.success(job.name)
      case 'in failure':
        return Report.error(`${job.name} failed`)
      case 'by a throw':
        throw new Error(`${job.name} threw`)
      case 'by a retry':
        return Report.error(`${job.name} asks for another try`).retry({ after: 50 })
      case 'by a crash':
        return await this.#workshop.crash(context)
    }
  }
}
