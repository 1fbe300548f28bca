import type { TaskLogBroker } from '@waybill/core'

/** What the parent process asks for. */
interface Request {
  readonly id: number
  readonly method: string
  readonly input: readonly unknown[]
}

/** How another process is told what happened. */
export type Reply =
  | { readonly id: number; readonly answer: unknown }
  | {
      readonly id: number
      readonly error: { readonly code: unknown; readonly message: string; readonly retryable: unknown }
    }

const [module = '', options = 'null'] = process.argv.slice(2)

const { open } = (await import(module)) as { open: (options: unknown) => Promise<TaskLogBroker> }
const log = await open(JSON.parse(options))

process.on('message', async ({ id, method, input }: Request) => {
  process.send?.(await answer(id, method, input))
})
process.on('disconnect', async () => {
  await log.close()
  process.exit(0)
})
process.send?.({ id: 0, answer: null })

async function answer(id: number, method: string, input: readonly unknown[]): Promise<Reply> {
  try {
    const call = Reflect.get(log, method) as (...input: readonly unknown[]) => unknown
    return { id, answer: await call.apply(log, [...input]) }
  } catch (error) {
    const { code, message, retryable } = error as { code?: unknown; message: string; retryable?: unknown }
    return { id, error: { code, message, retryable } }
  }
}
