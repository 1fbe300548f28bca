import { brokenData } from './data.ts'
import { describeBroken } from './describe-broken.ts'

describeBroken(brokenData)
