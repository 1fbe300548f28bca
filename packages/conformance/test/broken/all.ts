import { brokenAdmin } from './admin.ts'
import type { BrokenLog } from './broken-log.ts'
import { brokenClaims } from './claims.ts'
import { brokenContracts } from './contract.ts'
import { brokenData } from './data.ts'
import { brokenFamilies } from './families.ts'
import { brokenKeys } from './keys.ts'
import { brokenReads } from './reads.ts'
import { brokenSettles } from './settles.ts'

/** Every log that is broken on purpose. */
export const BROKEN_LOGS: readonly BrokenLog[] = [
  ...brokenClaims,
  ...brokenSettles,
  ...brokenFamilies,
  ...brokenKeys,
  ...brokenReads,
  ...brokenData,
  ...brokenAdmin,
  ...brokenContracts,
]
