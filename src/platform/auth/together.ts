/** Finds what belongs to one hash, or undefined. */
export type LookUp<T> = (hash: Buffer) => Promise<T | undefined>

/** Most hashes that are looked up with one statement. */
const MOST = 100

/**
 * Looks up many hashes with one statement: those that come while a look-up is under way wait for it and are looked up together.
 * Each is looked up after it came, so what was revoked before a request is revoked for that request. `find` gives what it found by
 * the hash in hex.
 */
export function together<T>(find: (hashes: readonly Buffer[]) => Promise<ReadonlyMap<string, T>>): LookUp<T> {
  let waiting: { hash: Buffer; resolve: (found: T | undefined) => void; reject: (error: unknown) => void }[] = []
  let busy = false

  async function work(): Promise<void> {
    busy = true
    while (waiting.length > 0) {
      const asked = waiting.slice(0, MOST)
      waiting = waiting.slice(MOST)
      try {
        const found = await find(asked.map(({ hash }) => hash))
        for (const { hash, resolve } of asked) resolve(found.get(hash.toString('hex')))
      } catch (error) {
        for (const { reject } of asked) reject(error)
      }
    }
    busy = false
  }

  return (hash) =>
    new Promise((resolve, reject) => {
      waiting.push({ hash, resolve, reject })
      if (!busy) void work()
    })
}
