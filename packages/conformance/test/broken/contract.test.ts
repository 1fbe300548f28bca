import { brokenContracts } from './contract.ts'
import { describeBroken } from './describe-broken.ts'

describeBroken(brokenContracts)
