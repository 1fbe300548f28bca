import { describeBroken } from './describe-broken.ts'
import { brokenKeys } from './keys.ts'

describeBroken(brokenKeys)
