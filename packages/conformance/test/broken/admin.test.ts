import { brokenAdmin } from './admin.ts'
import { describeBroken } from './describe-broken.ts'

describeBroken(brokenAdmin)
