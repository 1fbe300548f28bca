import type { Place } from './completion.ts'

/** A completion script for zsh. */
export function zshScript(places: readonly Place[]): string {
  const cases = places.map(({ path, words }) => {
    const items = words.map(({ word, does }) => quote(`${word.replaceAll(':', '\\:')}:${does}`))
    return `    ${quote(path)}) items=(${items.join(' ')}) ;;`
  })
  const paths = places.map(({ path }) => path).filter((path) => path !== '')
  return `#compdef waybill
# zsh completion for waybill: source <(waybill completion zsh)
_waybill() {
  local current_path="" word
  local -a items known
  known=(${paths.map(quote).join(' ')})
  for word in "\${(@)words[2,CURRENT-1]}"; do
    local candidate="\${current_path:+$current_path }$word"
    (( \${known[(Ie)$candidate]} )) && current_path="$candidate"
  done
  case "$current_path" in
${cases.join('\n')}
  esac
  _describe 'waybill' items || _files
}
compdef _waybill waybill
`
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
