import { createDurableBroker } from '@waybill/broker-durable'
import {
  isClaimable,
  NotSupportedError,
  Queue,
  QueueDispatcher,
  StrictPriorityStrategy,
  type TaskLog,
  type TaskRegistry,
  type TaskSelector,
  WeightStrategy,
} from '@waybill/core'
import type { QueueConfig, WaybillConfig } from './config.ts'

/** The queue there is when the configuration names none. */
const DEFAULT_QUEUE = 'default'

/** The queues of a configuration. */
export function configuredQueues(config: WaybillConfig): readonly QueueConfig[] {
  const queues = config.queues ?? [DEFAULT_QUEUE]
  return queues.map((queue) => (typeof queue === 'string' ? { name: queue } : queue))
}

/** The dispatcher a configuration describes, over a log that is its own queue. */
export function createDispatcher(
  config: WaybillConfig,
  taskLog: TaskLog,
  tasks: TaskRegistry,
): QueueDispatcher {
  const { broker: log } = taskLog
  if (!isClaimable(log)) throw new NotSupportedError(`The ${log.id} task log`, 'claims')
  const broker = createDurableBroker(log)
  return new QueueDispatcher({
    queues: configuredQueues(config).map(
      ({ name, weight }) => new Queue(name, broker, weight === undefined ? {} : { weight }),
    ),
    taskLog,
    tasks,
    selector: selectorOf(config.selector),
    ...(config.defaultQueue === undefined ? {} : { defaultQueue: config.defaultQueue }),
    ...(config.associations === undefined ? {} : { associations: config.associations }),
    ...(config.owner === undefined ? {} : { owner: config.owner }),
  })
}

function selectorOf(selector: WaybillConfig['selector'] = 'weight'): TaskSelector {
  if (typeof selector !== 'string') return selector
  return selector === 'strict' ? new StrictPriorityStrategy() : new WeightStrategy()
}
