import { describeBroken } from './describe-broken.ts'
import { brokenReads } from './reads.ts'

describeBroken(brokenReads)
