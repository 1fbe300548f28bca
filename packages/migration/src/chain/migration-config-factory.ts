import { InvalidInputError, type MigrationConfig, type MigrationConfigFactory } from '@waybill/core'

const OWN = ['start', 'chunkSize', 'pickSize', 'repeat'] as const

/** Makes a config of a task's parameters. Numbers may be texts, as they come from a command line. */
export class DefaultMigrationConfigFactory implements MigrationConfigFactory {
  /** @throws InvalidInputError naming the parameter that is missing or wrong */
  create(parameters: Readonly<Record<string, unknown>>): MigrationConfig {
    for (const name of OWN) {
      if (parameters[name] === undefined) throw new InvalidInputError(name, 'this parameter is missing')
    }
    const others = Object.entries(parameters).filter(([name]) => !OWN.includes(name as (typeof OWN)[number]))
    return {
      start: wholeNumber(parameters['start'], 'start', 0),
      chunkSize: wholeNumber(parameters['chunkSize'], 'chunkSize', 1),
      pickSize: wholeNumber(parameters['pickSize'], 'pickSize', 0),
      repeat: truth(parameters['repeat'], 'repeat'),
      customParameters: Object.fromEntries(others.map(([name, value]) => [name, String(value)])),
    }
  }
}

function wholeNumber(value: unknown, name: string, min: number): number {
  const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value
  if (typeof number === 'number' && Number.isSafeInteger(number) && number >= min) return number
  throw new InvalidInputError(name, `expected a whole number from ${min}, got ${JSON.stringify(value)}`)
}

function truth(value: unknown, name: string): boolean {
  if (value === true || value === 'true' || value === '1') return true
  if (value === false || value === 'false' || value === '0') return false
  throw new InvalidInputError(name, `expected true or false, got ${JSON.stringify(value)}`)
}
