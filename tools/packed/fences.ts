/** What stands in a page's code fences of a language, in their order. */
export function fences(page: string, language: string): readonly string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(
    ([, code = '']) => code,
  )
}

/** The lines of a fence. */
export function linesOf(fence: string | undefined): readonly string[] {
  return (fence ?? '').trim().split('\n')
}
