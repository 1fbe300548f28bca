/** What stands where a secret stood. */
export const MASK = '***'

/**
 * Credentials in a URL: all up to the last `@` before the path, as a password may have one in it. It begins at the `://`:
 * to look for a scheme at every letter would take most of the time of an export.
 */
const URL_PASSWORD = /(:\/\/[^\s:/@"']{0,256}:)([^\s/"']{1,1024})(?=@)/g
const PAIR = /\b(password|passwd|pwd)(["']?\s?[=:]\s?["']?)([^\s&;,"']{1,1024})/gi
/** A shorter one is likely to be a word that also stands elsewhere, and digits alone may be a number in JSON. */
const SHORTEST_KNOWN = 8

/** Takes secrets out of what is printed: those it was told of, and everything that looks like a password. */
export class Redactor {
  readonly #known: Set<string> = new Set()

  /** Takes the password of a URL out of everything from now on, as it is written and decoded. */
  learnUrl(url: string): void {
    for (const [, , password] of url.matchAll(URL_PASSWORD)) {
      this.#learn(password as string)
      this.#learn(decode(password as string))
    }
  }

  /** Everything in the environment that is a URL with a password, and every variable whose name says it is a secret. */
  learnEnvironment(environment: Readonly<Record<string, string | undefined>>): void {
    for (const [name, value] of Object.entries(environment)) {
      if (value === undefined) continue
      this.learnUrl(value)
      if (/password|passwd|secret/i.test(name)) this.#learn(value)
    }
  }

  /** Data without secrets; JSON stays JSON. */
  redact(text: string): string {
    let clean = text
    for (const secret of this.#known) clean = clean.replaceAll(secret, MASK)
    return clean.replace(URL_PASSWORD, `$1${MASK}`)
  }

  /** Talk without secrets: also what is named a password in it, as drivers and stack traces may quote settings. */
  redactTalk(text: string): string {
    return this.redact(text).replace(PAIR, `$1$2${MASK}`)
  }

  #learn(secret: string): void {
    if (secret.length >= SHORTEST_KNOWN && !/^\d+$/.test(secret)) this.#known.add(secret)
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
