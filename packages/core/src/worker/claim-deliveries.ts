import { isTaskId } from '../identity/id.ts'
import type { Consumer, Delivery, Message } from '../queue/broker.ts'
import type { QueueDispatcher } from '../queue/queue-dispatcher.ts'
import type { Claim, ClaimableTaskLogBroker } from '../task-log/claimable-task-log-broker.ts'
import { publish } from '../telemetry/channels.ts'

/** A delivery whose task this worker holds. */
export interface ClaimedDelivery {
  readonly delivery: Delivery
  readonly claim: Claim
}

/**
 * Claims the tasks of deliveries from a broker that is not the log. A message that leads to no claim is acknowledged, so
 * that it cannot come back for ever: its task has ended, is held by somebody else, or is not due; the log knows, and
 * whoever ends that state pushes again. A message no task can be made of is published and acknowledged.
 */
export async function claimDeliveries(
  dispatcher: QueueDispatcher,
  log: ClaimableTaskLogBroker,
  { worker, token }: Required<Consumer>,
  deliveries: readonly Delivery[],
): Promise<readonly ClaimedDelivery[]> {
  const claimed: ClaimedDelivery[] = []
  const byId = new Map<string, Delivery>()
  const useless: Delivery[] = []
  for (const delivery of deliveries) {
    if (delivery.claim !== undefined) claimed.push({ delivery, claim: delivery.claim })
    else if (isMessage(delivery.body) && !byId.has(delivery.body.id)) byId.set(delivery.body.id, delivery)
    else {
      useless.push(delivery)
      if (!isMessage(delivery.body)) quarantine(delivery, 'not a message of version 1')
    }
  }
  if (byId.size > 0) {
    const claims = await log.claim({
      worker,
      token,
      from: { ids: [...byId.keys()] },
      limit: byId.size,
    })
    for (const claim of claims) {
      claimed.push({ delivery: byId.get(claim.id) as Delivery, claim })
      byId.delete(claim.id)
    }
    await pushWhatWaits(dispatcher, log, byId)
    useless.push(...byId.values())
  }
  if (useless.length > 0) await dispatcher.acknowledge(useless)
  return claimed
}

function isMessage(body: unknown): body is Message {
  return (
    typeof body === 'object' &&
    body !== null &&
    'version' in body &&
    body.version === 1 &&
    'id' in body &&
    isTaskId(body.id)
  )
}

/** What may never be claimed is asked about later: an entry that is not due, or one whose commit is still on its way. */
async function pushWhatWaits(
  dispatcher: QueueDispatcher,
  log: ClaimableTaskLogBroker,
  unclaimed: ReadonlyMap<string, Delivery>,
): Promise<void> {
  if (unclaimed.size === 0) return
  const [records, now] = [await log.find([...unclaimed.keys()]), await log.now()]
  for (const { id, queue, status, dueAt } of records) {
    if (status === 'enqueued') dispatcher.pushAgain(queue, id, Math.max(dueAt - now, PATIENCE_MS))
  }
  const known = new Set(records.map(({ id }) => id))
  for (const [id, delivery] of unclaimed) if (!known.has(id)) quarantine(delivery, 'no entry in the log')
}

/** A ready entry that could not be claimed is locked, paused or over a limit. */
const PATIENCE_MS = 500

function quarantine({ queue, body }: Delivery, reason: string): void {
  publish('waybill:broker:quarantined', () => ({ queue, body, reason }))
}
