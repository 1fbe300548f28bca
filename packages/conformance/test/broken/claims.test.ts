import { brokenClaims } from './claims.ts'
import { describeBroken } from './describe-broken.ts'

describeBroken(brokenClaims)
