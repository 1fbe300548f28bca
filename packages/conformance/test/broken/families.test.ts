import { describeBroken } from './describe-broken.ts'
import { brokenFamilies } from './families.ts'

describeBroken(brokenFamilies)
