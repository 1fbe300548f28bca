import { expect, test } from 'vitest'
import { Redactor } from './redact.ts'

test('the password of a URL is never printed, whoever wrote it', () => {
  const redactor = new Redactor()
  expect(redactor.redact('at postgres://me:s3cret@host:5432/db?x=1')).toBe(
    'at postgres://me:***@host:5432/db?x=1',
  )
  expect(redactor.redact('mysql://me:p@ss:w@host/db')).toBe('mysql://me:***@host/db')
  expect(redactor.redact('https://host:8080/a@b')).toBe('https://host:8080/a@b')
  expect(redactor.redact('postgres://host/db')).toBe('postgres://host/db')
})

test('a password that was learned is gone wherever it stands, encoded and decoded', () => {
  const redactor = new Redactor()
  redactor.learnUrl('postgres://me:pa%20ssw%C3%B6rd@host/db')
  expect(redactor.redact('pa%20ssw%C3%B6rd or pa sswörd')).toBe('*** or ***')
})

test('variables whose name says that they are secret are learned', () => {
  const redactor = new Redactor()
  redactor.learnEnvironment({ PGPASSWORD: 'canary-one', APP_SECRET: 'canary-two', NAME: 'harmless-one' })
  expect(redactor.redact('canary-one canary-two harmless-one')).toBe('*** *** harmless-one')
})

test('a short password, which may be a word, is masked only where it is a password', () => {
  const redactor = new Redactor()
  redactor.learnUrl('mysql://root:root@host/db')
  expect(redactor.redact('root of mysql://root:root@host/db')).toBe('root of mysql://root:***@host/db')
})

test('talk hides what is named a password; data does not, lest JSON break', () => {
  const redactor = new Redactor()
  expect(redactor.redactTalk('password=hunter2; pwd: hunter2')).toBe('password=***; pwd: ***')
  expect(redactor.redact('{"password":12345}')).toBe('{"password":12345}')
})

test('redacting long text takes no long time', () => {
  const redactor = new Redactor()
  for (const text of ['a://'.repeat(12_500), 'password='.repeat(5_500), `x://${'a:'.repeat(25_000)}`]) {
    const began = performance.now()
    redactor.redactTalk(text)
    expect(performance.now() - began).toBeLessThan(2_000)
  }
})
