import { startMariadb, startPostgres } from '@waybill/tools/servers'
import { SEEDED_BUGS, titleOf } from './bugs.ts'
import { type Fate, noticed, plant } from './plant.ts'
import type { Catcher, SeededBug } from './seeded-bug.ts'
import { Tree } from './tree.ts'

/** Trees in which bugs are planted at the same time. */
const TREES = 2

/** What is told while bugs are planted. */
export interface PlantingNews {
  readonly onFate: (fate: Fate) => void
}

/**
 * Plants each bug whose title has the words in a copy of the sources, one after the other; answers those that nobody
 * noticed. Before that every catcher has to be content with the sources as they are.
 *
 * @throws Error when a catcher is not, or cannot work
 */
export async function plantAll(words: string, { onFate }: PlantingNews): Promise<readonly SeededBug[]> {
  const bugs = SEEDED_BUGS.filter((bug) => titleOf(bug).includes(words))
  const trees = Array.from({ length: TREES }, () => new Tree())
  const [postgres, mariadb] = await Promise.all([startPostgres({ fast: true }), startMariadb({ fast: true })])
  const servers = { WAYBILL_TEST_POSTGRES_URL: postgres.url, WAYBILL_TEST_MYSQL_URL: mariadb.url }
  try {
    await share(distinct(bugs), trees, async (catcher, tree) => {
      const complaint = await noticed(catcher, tree, servers)
      if (complaint === null) return
      throw new Error(`${JSON.stringify(catcher)} fails without any bug: ${complaint}`)
    })
    const survivors: SeededBug[] = []
    await share(bugs, trees, async (bug, tree) => {
      const fate = await plant(bug, tree, servers)
      if (fate.caughtBy === null) survivors.push(bug)
      onFate(fate)
    })
    return survivors
  } finally {
    for (const tree of trees) tree.remove()
    await Promise.all([postgres.stop(), mariadb.stop()])
  }
}

function distinct(bugs: readonly SeededBug[]): readonly Catcher[] {
  return [...new Map(bugs.map(({ catcher }) => [JSON.stringify(catcher), catcher])).values()]
}

/** Works through a list, one worker for each tree. */
async function share<Item>(
  items: readonly Item[],
  trees: readonly Tree[],
  work: (item: Item, tree: Tree) => Promise<void>,
): Promise<void> {
  const left = [...items]
  await Promise.all(
    trees.map(async (tree) => {
      for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item, tree)
    }),
  )
}
