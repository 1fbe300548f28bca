import {
  type Claim,
  type ClaimableTaskLogBroker,
  createToken,
  type HeartbeatAnswer,
  type OpenTask,
  type SettleAnswer,
  type Settlement,
  type WorkerBeat,
} from '@waybill/core'
import { expect } from 'vitest'

/** A lease that does not run out while a rule is tried, in milliseconds. */
export const LONG_LEASE_MS = 600_000

/** What a worker says about a held task, with the fields a rule cares about. */
export function settlement(
  claim: Pick<Claim, 'id' | 'token'>,
  to: Settlement['to'],
  fields: Partial<Settlement> = {},
): Settlement {
  return {
    id: claim.id,
    token: claim.token,
    to,
    delayMs: 0,
    reason: to === 'completed' ? null : 'report',
    report: null,
    progress: null,
    startedAgoMs: 0,
    ...fields,
  }
}

/** A running task as a heartbeat reports it. */
export function openTask(claim: Pick<Claim, 'id' | 'token'>, fields: Partial<OpenTask> = {}): OpenTask {
  return { id: claim.id, token: claim.token, startedAgoMs: 0, progress: null, report: null, ...fields }
}

/** A worker as the log sees one. */
export class TestWorker {
  readonly id: string
  readonly log: ClaimableTaskLogBroker

  constructor(id: string, log: ClaimableTaskLogBroker) {
    this.id = id
    this.log = log
  }

  /** Beats, with a long lease and nothing open. */
  async beat(fields: Partial<WorkerBeat> = {}): Promise<HeartbeatAnswer> {
    return this.log.heartbeat({ worker: this.id, leaseMs: LONG_LEASE_MS, info: null, open: [], ...fields })
  }

  /** Claims from a queue, under a fresh token. */
  async claim(queue: string, limit = 100): Promise<readonly Claim[]> {
    return this.log.claim({ worker: this.id, token: createToken(), from: { queue }, limit })
  }

  /** Claims these entries, under a fresh token. */
  async claimIds(ids: readonly string[], limit = 100): Promise<readonly Claim[]> {
    return this.log.claim({ worker: this.id, token: createToken(), from: { ids }, limit })
  }

  /** Claims one entry; fails when it does not get it. */
  async take(id: string): Promise<Claim> {
    const claims = await this.claimIds([id])
    expect(
      claims.map((claim) => claim.id),
      'the entry is claimed by its id',
    ).toEqual([id])
    return claims[0] as Claim
  }

  /** Settles one held task. */
  async settle(
    claim: Pick<Claim, 'id' | 'token'>,
    to: Settlement['to'],
    fields: Partial<Settlement> = {},
  ): Promise<SettleAnswer> {
    const [answer] = await this.log.settle([settlement(claim, to, fields)])
    expect(answer, 'every settlement is answered').toBeDefined()
    return answer as SettleAnswer
  }

  /** Claims one entry and settles it at once; fails unless that is accepted. */
  async run(
    id: string,
    to: Settlement['to'] = 'completed',
    fields: Partial<Settlement> = {},
  ): Promise<Claim> {
    const claim = await this.take(id)
    expect(await this.settle(claim, to, fields)).toMatchObject({ id, accepted: true })
    return claim
  }
}
