import { builtin } from './builtin.ts'

interface Channel {
  readonly hasSubscribers: boolean
  publish(message: unknown): void
}

/** What Waybill publishes on `node:diagnostics_channel`, by channel name. Subscribers see plain objects. */
export interface TelemetryMessages {
  /** An attempt begins. */
  'waybill:task:start': { id: string; taskName: string; queue: string; attempt: number; worker: string }
  /** An attempt is over and its outcome is about to be settled. */
  'waybill:task:end': {
    id: string
    taskName: string
    queue: string
    attempt: number
    worker: string
    to: string
    durationMs: number
  }
  /** A worker wrote a settlement that was refused: it no longer held the task. */
  'waybill:task:lost': { id: string; worker: string }
  /** A line a task wrote with `context.log`. */
  'waybill:task:log': { id: string; taskName: string; level: string; message: string; data: unknown }
  /** Tasks of a dead worker were taken back. */
  'waybill:worker:recovered': { worker: string; tasks: readonly unknown[] }
  /** Something went wrong that Waybill goes on from by itself. */
  'waybill:worker:fault': { worker: string; during: string; error: unknown }
  /** A message no task could be made of. */
  'waybill:broker:quarantined': { queue: string; body: unknown; reason: string }
  /** A message could not be pushed; it will be pushed again. */
  'waybill:broker:deferred': { queue: string; ids: readonly string[]; error: unknown }
}

const SILENT: Channel = { hasSubscribers: false, publish: () => {} }
const channels = new Map<string, Channel>()

function channel(name: string): Channel {
  let found = channels.get(name)
  if (found === undefined) {
    found = builtin<{ channel(name: string): Channel }>('node:diagnostics_channel')?.channel(name) ?? SILENT
    channels.set(name, found)
  }
  return found
}

/** Publishes a message when somebody listens; makes nothing otherwise. */
export function publish<Name extends keyof TelemetryMessages>(
  name: Name,
  message: () => TelemetryMessages[Name],
): void {
  const target = channel(name)
  if (target.hasSubscribers) target.publish(message())
}
