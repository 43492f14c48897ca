/** What is left of a document, and how many runs that took. */
export interface Reduced {
  readonly document: Uint8Array
  readonly runs: number
}

/**
 * Looks for a smaller document that does the same: delta debugging by leaving out parts (Zeller, Hildebrandt: Simplifying and Isolating Failure-Inducing Input, IEEE TSE
 * 28(2), 2002). `same` opens a candidate; it is asked `mostRuns` times at most. Where nothing can be left out, the document is what it was.
 */
export async function reduceDocument(document: Uint8Array, same: (candidate: Uint8Array) => Promise<boolean>, mostRuns: number): Promise<Reduced> {
  let left = document
  let runs = 0
  for (let parts = 2; runs < mostRuns && left.length > 1;) {
    const size = Math.ceil(left.length / parts)
    const before = left.length
    // From the end on: what was left out moves nothing that is still to be tried.
    for (let at = (Math.ceil(before / size) - 1) * size; at >= 0 && runs < mostRuns; at -= size) {
      const candidate = Buffer.concat([left.subarray(0, at), left.subarray(at + size)])
      if (candidate.length === 0 || candidate.length === left.length) continue
      runs++
      if (await same(candidate)) left = candidate
    }
    if (size === 1 && left.length === before) break
    parts = left.length < before ? Math.max(2, Math.floor((parts * left.length) / before)) : Math.min(left.length, parts * 2)
  }
  return { document: left, runs }
}
