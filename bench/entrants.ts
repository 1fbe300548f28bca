import { join } from 'node:path'

/** Where tasks are kept. */
export const LOGS = ['memory', 'sqlite', 'postgres', 'mysql'] as const

/** One of {@link LOGS}. */
export type LogName = (typeof LOGS)[number]

/** The service a contender keeps its tasks in; `none` where a file or the process itself does. */
export type Service = 'none' | 'postgres' | 'mariadb' | 'redis'

/** A contender and what it is compared on. */
export interface Entrant {
  /** Names it in results. */
  readonly id: string
  /** Names it for people. */
  readonly title: string
  readonly kind: 'waybill' | 'floor' | 'peer'
  /** With which of our logs it is compared. */
  readonly log: LogName
  readonly service: Service
  /** The path of its module. */
  readonly module: string
  /** How it is not the same kind of thing, for the table's foot. */
  readonly note?: string
}

const here = import.meta.dirname

const SERVICES: Readonly<Record<LogName, Service>> = {
  memory: 'none',
  sqlite: 'none',
  postgres: 'postgres',
  mysql: 'mariadb',
}

/** Waybill over each of its logs. */
export function waybill(log: LogName): Entrant {
  const module = join(here, 'waybill/contender.ts')
  return { id: 'waybill', title: 'Waybill', kind: 'waybill', log, service: SERVICES[log], module }
}

/** The least any queue could do; nothing is written down for memory. */
export function floor(log: Exclude<LogName, 'memory'>): Entrant {
  const module = join(here, `floor/${log}.ts`)
  return { id: 'floor', title: 'floor', kind: 'floor', log, service: SERVICES[log], module }
}

function peer(id: string, title: string, log: LogName, service: Service, note?: string): Entrant {
  const module = join(here, 'peers', id, 'peer.mjs')
  return { id, title, kind: 'peer', log, service, module, ...(note === undefined ? {} : { note }) }
}

/** Other queues. Each is in a folder of its own with its dependencies, which are installed when it is asked for. */
export const PEERS: readonly Entrant[] = [
  peer('graphile-worker', 'graphile-worker', 'postgres', 'postgres', 'deletes jobs that are done'),
  peer('pg-boss', 'pg-boss', 'postgres', 'postgres'),
  peer('bullmq-postgres', 'BullMQ on PostgreSQL', 'postgres', 'postgres'),
  peer('bullmq-redis', 'BullMQ on Redis', 'postgres', 'redis', 'Redis with appendfsync everysec'),
  peer(
    'plainjob',
    'plainjob',
    'sqlite',
    'none',
    'sets synchronous to NORMAL: a power cut may take the last commits',
  ),
  peer('fastq', 'fastq', 'memory', 'none', 'keeps no log'),
]

/** Who is compared on a log. */
export function entrantsOn(log: LogName, withPeers: boolean): Entrant[] {
  return [
    waybill(log),
    ...(log === 'memory' ? [] : [floor(log)]),
    ...(withPeers ? PEERS.filter((each) => each.log === log) : []),
  ]
}
