import type { TaskLogBroker } from '@waybill/core'

/** What the parent process asks for. */
export interface PeerRequest {
  readonly id: number
  /** Which of the logs that were opened; null opens another one, with a module and its options as input. */
  readonly log: number | null
  readonly method: string
  readonly input: readonly unknown[]
}

/** What it is told. */
export type PeerReply =
  | { readonly id: number; readonly answer: unknown }
  | {
      readonly id: number
      readonly error: { readonly code: unknown; readonly message: string; readonly retryable: unknown }
    }

const logs: TaskLogBroker[] = []

process.on('message', async (request: PeerRequest) => {
  process.send?.(await reply(request))
})
process.on('disconnect', () => process.exit(0))
process.send?.({ id: 0, answer: null })

async function reply(request: PeerRequest): Promise<PeerReply> {
  const { id } = request
  try {
    return { id, answer: await answer(request) }
  } catch (error) {
    const { code, message, retryable } = error as { code?: unknown; message: string; retryable?: unknown }
    return { id, error: { code, message, retryable } }
  }
}

async function answer({ log, method, input }: PeerRequest): Promise<unknown> {
  if (log === null) {
    const [module, options] = input as readonly [string, unknown]
    const opener = (await import(module)) as { open: (options: unknown) => Promise<TaskLogBroker> }
    return logs.push(await opener.open(options)) - 1
  }
  const target = logs[log] as TaskLogBroker
  const call = Reflect.get(target, method) as (...input: readonly unknown[]) => unknown
  return call.apply(target, [...input])
}
