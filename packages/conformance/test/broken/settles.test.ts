import { describeBroken } from './describe-broken.ts'
import { brokenSettles } from './settles.ts'

describeBroken(brokenSettles)
