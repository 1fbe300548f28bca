import type { TaskLogInitializer } from '../../src/index.ts'
import { initializerOf } from '../broken/broken-log.ts'
import { brokenClaims } from '../broken/claims.ts'

const careless = brokenClaims.find(({ name }) => name === 'a claim takes one more than its limit')
if (careless === undefined) throw new Error('There is no such broken log.')

export const taskLog: TaskLogInitializer = initializerOf(careless)
