/** Finds what belongs to one key, or undefined. */
export type LookUp<K, T> = (key: K) => Promise<T | undefined>

/** Most keys that are looked up with one statement. */
const MOST = 100

/**
 * Looks up many keys with one statement: those that come in one turn of the event loop, or while a look-up is under way, are looked
 * up together. Each is looked up after it came, so what was revoked before a request is revoked for that request. `find` gives what it found by
 * the name of the key.
 */
export function together<K, T>(nameOf: (key: K) => string, find: (keys: readonly K[]) => Promise<ReadonlyMap<string, T>>): LookUp<K, T> {
  let waiting: { key: K; resolve: (found: T | undefined) => void; reject: (error: unknown) => void }[] = []
  let busy = false

  async function work(): Promise<void> {
    while (waiting.length > 0) {
      const asked = waiting.slice(0, MOST)
      waiting = waiting.slice(MOST)
      try {
        const found = await find(asked.map(({ key }) => key))
        for (const { key, resolve } of asked) resolve(found.get(nameOf(key)))
      } catch (error) {
        for (const { reject } of asked) reject(error)
      }
    }
    busy = false
  }

  return (key) =>
    new Promise((resolve, reject) => {
      waiting.push({ key, resolve, reject })
      if (busy) return
      busy = true
      setImmediate(() => void work())
    })
}
