import { describe, expect, it } from 'vitest'
import { Story } from './story.ts'
import { vacuous, ZOMBIE_WRITE } from './vacuity.ts'

/** A story that breaks nothing. */
function told(): Story {
  return new Story().add('a').complete('a', 'w1')
}

const BROKEN: readonly (readonly [promise: string, story: string, Story, violation: RegExp])[] = [
  ['I1', 'an accepted task is gone', told().gone('a'), /I1: a was accepted and is gone/],
  [
    'I1',
    'a task was only told of and is gone',
    told().facts({ enqueues: [{ owner: 'anna', key: null, id: 'b', ended: 9_000 }] }),
    /I1: b was accepted/,
  ],
  [
    'I1',
    'a task never ends',
    told().left('a', 'running', { hold: null }),
    /I1: a \(task\) never ended, it is running/,
  ],
  ['I2', 'an entry comes from nowhere', told().left('b', 'completed', { attempt: 0 }), /I2: nobody added b/],
  [
    'I2',
    'an add that was refused is there',
    told().add('b', {}, { outcome: 'refused' }).left('b', 'completed', { attempt: 0 }),
    /I2: adding b was said to have failed/,
  ],
  [
    'I2',
    'a claim gets more than it asked for',
    told()
      .add('b')
      .call('claim', { worker: 'w1', token: 't', limit: 0 }, [{ id: 'b', attempt: 1 }]),
    /I2: a claim of 0 got 1/,
  ],
  ['I2', 'a ghost runs', told().run('ghost', 'w1'), /I2: ghost ran, and nobody added it/],
  [
    'I3',
    'two hold a task at once',
    told()
      .add('b')
      .claim('w1', ['b'])
      .claim('w2', ['b'], { attempt: 2 })
      .left('b', 'completed', { attempt: 2 }),
    /I3: b was claimed by w2 while w1 held it/,
  ],
  [
    'I3',
    'two claim a task at once and both get it',
    told()
      .add('b')
      .claim('w1', ['b'], { began: 50, ended: 90 })
      .claim('w2', ['b'], { began: 60, ended: 80, attempt: 2 })
      .settle('b', 'w1 b', 'release', { began: 100 })
      .left('b', 'completed', { attempt: 2 }),
    /I3: b was claimed by w1 while w2 held it/,
  ],
  [
    'I3',
    'a task is given back under another token than its own',
    told().add('b').claim('w1', ['b']).settle('b', 'other', 'release').claim('w2', ['b']),
    /I3: b was claimed by w2/,
  ],
  [
    'I3',
    'a task is taken from a worker that is alive',
    told()
      .add('b')
      .beat('w1')
      .claim('w1', ['b'])
      .recover('b', 'w1')
      .claim('w2', ['b'])
      .left('b', 'completed', { attempt: 2 }),
    /I3: b was taken from w1, whose lease had 29\d\d ms left/,
  ],
  [
    'I4',
    'a zombie settles',
    told().add('b').claim('w1', ['b']).recover('b', 'w1').claim('w2', ['b']).settle('b', 'w1 b', 'completed'),
    /I4: a settlement of b was accepted from process, which had lost it/,
  ],
  [
    'I4',
    'a zombie beats',
    told()
      .add('b')
      .claim('w1', ['b'])
      .recover('b', 'w1')
      .beat('w1', [{ id: 'b', token: 'w1 b' }]),
    /I4: a beat of b was accepted from w1/,
  ],
  [
    'I4',
    'a zombie starts',
    told()
      .add('b')
      .claim('w1', ['b'])
      .recover('b', 'w1')
      .call('start', [{ id: 'b', token: 'w1 b' }], ['b']),
    /I4: a start of b was accepted/,
  ],
  [
    'I4',
    'a zombie adds a child',
    told()
      .add('b')
      .claim('w1', ['b'])
      .recover('b', 'w1')
      .claim('w2', ['b'])
      .add('c', { parentId: 'b', parentToken: 'w1 b' }),
    /I4: a child of b was accepted/,
  ],
  [
    'I4',
    'a stranger settles',
    told().add('b').settle('b', 'made up', 'completed'),
    /I4: a settlement of b was accepted from process, which never had it/,
  ],
  ['I5', 'an end changes', told().left('a', 'failed'), /I5: a was completed and is failed/],
  [
    'I5',
    'a task that ended is claimed',
    told().claim('w2', ['a'], { attempt: 2 }),
    /I5: a was completed and was claimed by w2/,
  ],
  ['I5', 'two end a task', told().settle('a', 'w2 a', 'completed'), /I5: a was ended under 2 tokens/],
  [
    'I6',
    'a task that waits for children is queued again',
    told().add('b').look('b', 'child_running').look('b', 'enqueued'),
    /I6: b was child_running, then enqueued/,
  ],
  [
    'I6',
    'an entry does not fit its status',
    told().left('a', 'completed', { outcome: null }),
    /I6: a is completed and has not an outcome/,
  ],
  [
    'I7',
    'a cancelled task starts',
    told().add('b').transition('cancel', 'b').run('b', 'w1').left('b', 'cancelled', { attempt: 1 }),
    /I7: b was cancelled while queued, then started/,
  ],
  [
    'I7',
    'a cancelled task is claimed',
    told().add('b').transition('cancel', 'b').claim('w1', ['b']).left('b', 'cancelled'),
    /I7: b was cancelled, then claimed by w1/,
  ],
  [
    'I7',
    'a held task is cancelled as if it were queued',
    told().add('b').claim('w1', ['b']).transition('cancel', 'b').left('b', 'cancelled'),
    /I7: b was cancelled as queued while w1 held it/,
  ],
  [
    'I8',
    'a task starts twice for nothing',
    told().run('a', 'w1'),
    /I8: a was started 2 times and put back 0 times/,
  ],
  [
    'I8',
    'an attempt is not counted',
    told().left('a', 'completed', { attempt: 0 }),
    /I8: a was started 1 times, counts 0 attempts/,
  ],
  [
    'I8',
    'more attempts than claims',
    told().left('a', 'completed', { attempt: 2 }),
    /I8: a counts 2 attempts and was claimed 1 times/,
  ],
  [
    'I8',
    'more attempts than it may have',
    told().left('a', 'completed', { attempt: 1, maxAttempts: 0 }),
    /I8: a counts 1 attempts of 0/,
  ],
  ['I9', 'too few are counted', told().count({}), /I9: 0 entries were counted, where there were 1 to 1/],
  ['I9', 'too many are counted', told().count({ completed: 1, failed: 1 }), /I9: 2 entries were counted/],
  [
    'I10',
    'a parent ends before its child',
    told().add('b', { parentId: 'a' }, { began: 1 }).left('b', 'enqueued', { attempt: 0, worker: null }),
    /I10: a is completed and has a child that has not ended/,
  ],
  [
    'I10',
    'a parent waits for nothing',
    told().left('a', 'child_running', { outcome: 'completed', hasChildren: true }),
    /I10: a waits for children that have all ended/,
  ],
  [
    'I10',
    'a parent completes though a child failed',
    told().add('b', { parentId: 'a' }, { began: 1 }).left('b', 'failed', { attempt: 0 }),
    /I10: a completed though a child failed/,
  ],
  [
    'I10',
    'a parent fails because of a child that did not',
    told().left('a', 'failed', { reason: 'child_failed' }).add('b', { parentId: 'a' }, { began: 1 }),
    /I10: a failed because of a child, and none failed/,
  ],
  [
    'I10',
    'a parent that has ended takes a child',
    told().add('b', { parentId: 'a' }),
    /I10: b was added to a, which was completed/,
  ],
  [
    'I11',
    'a key has two entries',
    told().add('b', { idempotencyKey: 'k' }).add('c', { idempotencyKey: 'k' }),
    /I11: several entries have the key \["anna","k"\]/,
  ],
  [
    'I11',
    'a key is answered with two ids',
    told().facts({ enqueues: ['b', 'c'].map((id) => ({ owner: 'anna', key: 'k', id, ended: 99 })) }),
    /I11: the key \["anna","k"\] was answered with several ids/,
  ],
  [
    'I12',
    'a caller is told before the entry is added',
    new Story()
      .at(50)
      .add('a')
      .complete('a', 'w1')
      .facts({ enqueues: [{ owner: 'anna', key: null, id: 'a', ended: 40 }] }),
    /I12: somebody was told that a is enqueued/,
  ],
  [
    'I12',
    'a message is acknowledged before the settlement',
    told().facts({
      messages: [
        { what: 'popped', id: 'a', at: 5 },
        { what: 'acknowledged', id: 'a', at: 20 },
      ],
    }),
    /I12: the message of a was acknowledged before/,
  ],
  [
    'I13',
    "a user sees another's task",
    told().facts({ views: [{ owner: 'bert', ids: ['a'] }] }),
    /I13: bert was shown a, which is anna's/,
  ],
  [
    'I14',
    'what was acknowledged is missing for a while',
    told().call('find', ['a'], []),
    /I14: a was acknowledged and could not be found/,
  ],
  [
    'I14',
    'an entry goes back in time',
    told().look('a', 'completed', { updatedAt: 900 }),
    /I14: a went back to a state before one that was seen/,
  ],
  [
    'I15',
    'a task starts before it is claimed',
    told().left('a', 'completed', { startedAt: 15 }),
    /I15: a was started before it was claimed/,
  ],
  [
    'I15',
    'a task starts before it is due',
    told().left('a', 'completed', { dueAt: 25 }),
    /I15: a was claimed before it was due/,
  ],
  [
    'I16',
    'something waits in a queue',
    told().remains({
      queues: [
        {
          queue: 'queue',
          paused: false,
          concurrency: null,
          ready: 0,
          due: 0,
          limited: 1,
          held: 0,
          oldestReadyAt: null,
        },
      ],
    }),
    /I16: the queue queue is not empty/,
  ],
  [
    'I16',
    'a worker is still known',
    told().remains({
      workers: [{ worker: 'w1', info: null, startedAt: 0, beatAt: 0, leaseUntil: 0, alive: false, held: 0 }],
    }),
    /I16: the worker w1 is still known and holds 0/,
  ],
  ['I16', 'a message is left', told().remains({ messages: 1 }), /I16: the broker still has 1 messages/],
  [
    'I17',
    'a death goes unnoticed for too long',
    told()
      .beat('w1')
      .beat('w2')
      .add('b')
      .claim('w1', ['b'])
      .facts({ deaths: [{ worker: 'w1', at: 100 }] })
      .at(6_000)
      .recover('b', 'w1')
      .claim('w2', ['b'])
      .left('b', 'completed', { attempt: 2 }),
    /I17: b of w1, which died, was taken back after 59\d\d ms, not 5000 ms/,
  ],
  [
    'I18',
    'nobody takes what is ready',
    told()
      .facts({ quiet: [{ from: 0, to: 9_000 }] })
      .lookAtQueues([{ ready: 3 }]),
    /I18: 3 tasks of queue were ready, and nobody took any/,
  ],
  [
    'I19',
    'a later task is started first',
    told()
      .add('b')
      .complete('b', 'w1')
      .facts({ ordered: ['b', 'a'] }),
    /I19: the task enqueued as number 1 was started before number 0/,
  ],
  [
    'I20',
    'a light queue is preferred',
    told().facts({
      picks: [
        { queue: 'a', weight: 1, count: 500 },
        { queue: 'b', weight: 2, count: 500 },
      ],
    }),
    /I20: of 1000 picks/,
  ],
  [
    'I21',
    'memory grows',
    told().facts({
      usage: [
        { process: 'w1', when: 'before', memory: 0, handles: 5 },
        { process: 'w1', when: 'after', memory: 1e9, handles: 5 },
      ],
    }),
    /I21: w1 grew by 954 MB/,
  ],
  [
    'I21',
    'handles are left open',
    told().facts({
      usage: [
        { process: 'w1', when: 'before', memory: 0, handles: 5 },
        { process: 'w1', when: 'after', memory: 0, handles: 15 },
      ],
    }),
    /I21: w1 has 10 more handles/,
  ],
  [
    'I21',
    'connections are left',
    told().remains({ connections: { all: 2, inTransaction: 1 } }),
    /I21: 2 connections are left, 1 of them in a transaction/,
  ],
  [
    'I22',
    'a failure has no reason',
    told().left('a', 'failed', { reason: null }),
    /I22: a is failed and does not say why/,
  ],
]

describe('the checker finds', () => {
  it.each(BROKEN)('%s broken: %s', (promise, _, story, violation) => {
    const found = story.violations().filter((sentence) => sentence.startsWith(`${promise}:`))
    expect(found.join('\n')).toMatch(violation)
  })
})

const SOUND: readonly (readonly [story: string, Story])[] = [
  ['a task that completes', told()],
  [
    'an add whose reply was lost, of a task that is there',
    told().add('b', {}, { outcome: 'unknown', ended: Number.POSITIVE_INFINITY }).complete('b', 'w1'),
  ],
  [
    'an add whose reply was lost, of a task that is not',
    told().add('b', {}, { outcome: 'unknown', ended: Number.POSITIVE_INFINITY }).gone('b'),
  ],
  [
    'a count while an add is under way',
    told()
      .add('b', {}, { ended: 500 })
      .complete('b', 'w1')
      .at(45)
      .count({ enqueued: 2 })
      .at(55)
      .count({ enqueued: 1 }),
  ],
  [
    'a task that is put back by a settlement whose reply was lost',
    told()
      .add('b')
      .claim('w1', ['b'])
      .settle('b', 'w1 b', 'retry', { outcome: 'unknown' })
      .claim('w2', ['b'], { attempt: 2 })
      .left('b', 'completed', { attempt: 2 }),
  ],
  [
    'a task that is taken from the dead by one who died too',
    told()
      .add('b')
      .claim('w1', ['b'])
      .call('recover', null, [], { outcome: 'unknown' })
      .claim('w2', ['b'], { attempt: 2 })
      .left('b', 'completed', { attempt: 2 }),
  ],
  [
    'a task of a worker that left',
    told()
      .add('b')
      .claim('w1', ['b'])
      .call('retire', 'w1', null)
      .claim('w2', ['b'], { attempt: 2 })
      .left('b', 'completed', { attempt: 2 }),
  ],
  [
    'a claim that took long, of a task that others claimed and gave back in the meantime',
    told()
      .add('b')
      .claim('w1', ['b'])
      .claim('w3', ['b'], { began: 60, ended: 500, attempt: 3 })
      .settle('b', 'w1 b', 'retry', { began: 70, ended: 100 })
      .claim('w2', ['b'], { began: 110, attempt: 2 })
      .settle('b', 'w2 b', 'retry', { began: 130 })
      .left('b', 'completed', { attempt: 3 }),
  ],
  [
    'a claim whose answer took long, of a task that was taken back before it arrived',
    told()
      .add('b')
      .claim('w1', ['b'], { began: 50, ended: 500 })
      .recover('b', 'w1', { began: 60 })
      .claim('w2', ['b'], { began: 70, attempt: 2 })
      .left('b', 'completed', { attempt: 2 }),
  ],
  ['a settlement that is sent twice', told().settle('a', 'w1 a', 'completed')],
  [
    'a zombie that is refused',
    told()
      .add('b')
      .claim('w1', ['b'])
      .recover('b', 'w1')
      .claim('w2', ['b'], { attempt: 2 })
      .settle('b', 'w1 b', 'completed', { accepted: false, status: 'dequeued' })
      .left('b', 'completed', { attempt: 2 }),
  ],
  [
    'a write at the very moment at which the task is taken',
    told()
      .add('b')
      .claim('w1', ['b'])
      .recover('b', 'w1', { began: 60, ended: 90 })
      .settle('b', 'w1 b', 'completed', { began: 61, ended: 80 }),
  ],
  [
    'a task that is restarted by hand',
    told()
      .left('a', 'failed')
      .add('b')
      .claim('w1', ['b'])
      .settle('b', 'w1 b', 'failed')
      .transition('restart', 'b')
      .claim('w1', ['b'], { token: 'again' })
      .settle('b', 'again', 'completed')
      .left('a', 'completed'),
  ],
  [
    'a recovery that an outage held up',
    told()
      .add('b')
      .claim('w1', ['b'])
      .facts({ deaths: [{ worker: 'w1', at: 100 }], troubles: [{ from: 90, to: 4_000 }] })
      .at(6_000)
      .recover('b', 'w1')
      .claim('w2', ['b'], { attempt: 2 })
      .left('b', 'completed', { attempt: 2 }),
  ],
  [
    'a recovery that waited until there was a worker again',
    told()
      .beat('w1')
      .add('b')
      .claim('w1', ['b'])
      .facts({ deaths: [{ worker: 'w1', at: 100 }] })
      .at(4_000)
      .beat('w2')
      .at(6_000)
      .recover('b', 'w1')
      .claim('w2', ['b'], { attempt: 2 })
      .left('b', 'completed', { attempt: 2 }),
  ],
  [
    'a recovery by a worker whose beat had stood still',
    told()
      .beat('w1')
      .beat('w2')
      .add('b')
      .claim('w1', ['b'])
      .facts({ deaths: [{ worker: 'w1', at: 100 }] })
      .beat('w2', [], {}, { ended: 2_000 })
      .at(6_000)
      .recover('b', 'w1')
      .claim('w2', ['b'], { attempt: 2 })
      .left('b', 'completed', { attempt: 2 }),
  ],
  [
    'ready work that nobody takes while processes get no processor',
    told()
      .facts({ quiet: [{ from: 0, to: 9_000 }], troubles: [{ from: 500, to: 1_500 }] })
      .lookAtQueues([{ ready: 3 }]),
  ],
  [
    'a second copy of a message that is acknowledged first',
    told().facts({
      messages: [
        { what: 'popped', id: 'a', at: 5 },
        { what: 'popped', id: 'a', at: 6 },
        { what: 'acknowledged', id: 'a', at: 20 },
        { what: 'acknowledged', id: 'a', at: 400 },
      ],
    }),
  ],
]

describe('the checker accepts', () => {
  it.each(SOUND)('%s', (_, story) => {
    expect(story.violations()).toEqual([])
  })
})

describe('a run', () => {
  it('in which a class of faults never fired proves nothing', () => {
    const story = told().facts({ faults: { kill: 3 } })
    expect(vacuous(story.evidence(), ['kill', 'freeze', ZOMBIE_WRITE])).toEqual([
      'vacuous: no freeze',
      'vacuous: no zombie write',
    ])
  })

  it('in which a zombie wrote and was refused proves something', () => {
    const story = told()
      .add('b')
      .claim('w1', ['b'])
      .recover('b', 'w1')
      .claim('w2', ['b'])
      .settle('b', 'w1 b', 'completed', { accepted: false, status: 'dequeued' })
    expect(vacuous(story.evidence(), [ZOMBIE_WRITE])).toEqual([])
  })
})
