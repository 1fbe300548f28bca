import { hasSchema, type SchemaTaskLog, type TaskLogBroker } from '@waybill/core'
import { expect } from 'vitest'
import { type RuleOptions, rule, type TaskLogRule } from './task-log-rule.ts'
import type { TaskLogTrial } from './trial.ts'

const withSchema: RuleOptions = {
  excuse: (log) => (hasSchema(log) ? null : 'the log has no schema: it has no schemaStatus'),
}

function schemaOf(trial: TaskLogTrial): TaskLogBroker & SchemaTaskLog {
  return trial.log as TaskLogBroker & SchemaTaskLog
}

/** Creating the storage. */
export const containerRules: readonly TaskLogRule[] = [
  rule('container-001', 'creating the container again keeps what is in it', async (trial) => {
    const id = await trial.add()
    await trial.log.createContainer()
    await (await trial.open()).createContainer()
    expect(await trial.status(id)).toBe('enqueued')
  }),

  rule(
    'container-002',
    'several may create the container at once',
    async (trial) => {
      const logs = [trial.log, await trial.open(), await trial.open(), await trial.open()]
      await Promise.all(logs.map(async (log) => log.createContainer()))
      const id = await trial.add()
      for (const log of logs) expect(await log.find([id])).toHaveLength(1)
    },
    { isBare: true },
  ),

  rule('container-003', 'another log on the storage sees what this one wrote', async (trial) => {
    const other = await trial.open()
    const id = await trial.add()
    expect(await other.find([id])).toEqual([await trial.get(id)])
    await trial.cause('cancel', id)
    expect(await other.find([id])).toMatchObject([{ status: 'cancelled' }])
  }),

  rule(
    'schema-001',
    'storage without a schema says that it is missing, and with what command it comes',
    async (trial) => {
      const log = schemaOf(trial)
      expect(await log.schemaStatus()).toMatchObject({ state: 'missing' })
      await expect(log.find([])).rejects.toMatchObject({ code: 'schema_missing', retryable: false })
      await expect(log.count({ kind: 'and', nodes: [] })).rejects.toThrow(/waybill schema up/)
      await log.createContainer()
      expect(await log.count({ kind: 'and', nodes: [] })).toBe(0)
    },
    { ...withSchema, isBare: true },
  ),

  rule(
    'schema-002',
    'storage that was just created is current: every step is applied and fits',
    async (trial) => {
      const { state, steps } = await schemaOf(trial).schemaStatus()
      expect(state).toBe('current')
      expect(steps.length).toBeGreaterThan(0)
      expect(steps.every(({ appliedAt, checksumFits }) => appliedAt !== null && checksumFits)).toBe(true)
      expect(new Set(steps.map(({ id }) => id)).size).toBe(steps.length)
    },
    withSchema,
  ),

  rule(
    'schema-003',
    'creating the container again applies no step again',
    async (trial) => {
      const before = await schemaOf(trial).schemaStatus()
      await trial.pass(2)
      await trial.log.createContainer()
      expect(await schemaOf(trial).schemaStatus()).toEqual(before)
    },
    withSchema,
  ),

  rule(
    'schema-004',
    'the schema can be printed, and the doctor finds nothing to say about a fresh one',
    async (trial) => {
      expect(schemaOf(trial).schemaSql()).toMatch(/create table/i)
      expect(await schemaOf(trial).doctor()).toEqual([])
    },
    withSchema,
  ),
]
