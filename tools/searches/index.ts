export { idOf, newEntry, tokenOf } from './entries.ts'
export { expectSameAnswers, type Pair } from './same-answers.ts'
export { type Searches, searches } from './searches.ts'
