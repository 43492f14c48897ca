/** A password, and where it comes from: the one who asks, the letter around the archive, or the custom of those who hand samples on. */
export interface Key {
  readonly text: string
  readonly from: 'given' | 'letter' | 'custom'
}

/** Under these, files that are known to be bad are handed from one to another. */
const CUSTOM: readonly string[] = ['infected', 'malware']
/** Entries of one archive that no password opens, before the rest is not tried any more: deriving keys is dear, and archives have one password. */
const MOST_FAILURES = 8

/** The passwords that one archive is tried with: the one that fitted last first. */
export class ArchiveKeys {
  readonly #keys: readonly Key[]
  #fitted: Key | undefined
  #failures = 0
  readonly #schemes = new Map<string, { readonly scheme: string; readonly from: Key['from'] }>()

  constructor(given: readonly string[] = [], letter: readonly string[] = []) {
    const all = [
      ...given.map((text): Key => ({ text, from: 'given' })),
      ...letter.map((text): Key => ({ text, from: 'letter' })),
      ...CUSTOM.map((text): Key => ({ text, from: 'custom' })),
    ]
    this.#keys = all.filter(({ text }, i) => all.findIndex((other) => other.text === text) === i)
  }

  /** What the first password opens for which `tryOne` answers; undefined when none does. Errors of `tryOne` pass. */
  open<T>(scheme: string, tryOne: (password: string) => T | undefined): T | undefined {
    if (this.#failures >= MOST_FAILURES) return undefined
    const order = this.#fitted ? [this.#fitted, ...this.#keys.filter((key) => key !== this.#fitted)] : this.#keys
    for (const key of order) {
      const opened = tryOne(key.text)
      if (opened === undefined) continue
      this.#fitted = key
      this.#failures = 0
      this.#schemes.set(`${scheme} ${key.from}`, { scheme, from: key.from })
      return opened
    }
    this.#failures++
    return undefined
  }

  /** What was opened so far: each scheme once for each kind of password. */
  get opened(): readonly { readonly scheme: string; readonly from: Key['from'] }[] {
    return [...this.#schemes.values()]
  }
}
