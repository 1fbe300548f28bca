import type { Place } from './completion.ts'

/** A completion script for fish. */
export function fishScript(places: readonly Place[]): string {
  const lines = places.flatMap(({ path, words }) =>
    words.map(({ word, does }) => {
      const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-f -a ${word}`
      return `complete -c waybill -n ${quote(`test (__waybill_path) = "${path}"`)} ${what} -d ${quote(does)}`
    }),
  )
  const paths = places.map(({ path }) => path).filter((path) => path !== '')
  return `# fish completion for waybill: waybill completion fish > ~/.config/fish/completions/waybill.fish
function __waybill_path
    set -l path ""
    for word in (commandline -opc)[2..-1]
        set -l candidate (string trim "$path $word")
        contains -- "$candidate" ${paths.map(quote).join(' ')}
        and set path "$candidate"
    end
    echo "$path"
end
${lines.join('\n')}
`
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
