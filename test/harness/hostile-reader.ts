import { Budget, Damaged, LIMITS, LimitReached } from '#scanner/intake/limits.ts'

/** Small enough that a loop without a bound shows as a limit within a test. */
const limits = { ...LIMITS, steps: 200_000, bytes: 4 * 2 ** 20 }

/** What a reader does with bytes that were cut off everywhere, with every bit turned over: anything but Damaged and LimitReached is thrown on. */
export function readHostile(bytes: Buffer, read: (bytes: Buffer, budget: Budget) => unknown): { readonly read: number; readonly refused: number } {
  const seen = { read: 0, refused: 0 }
  const attempt = (copy: Buffer) => {
    try {
      read(copy, new Budget(limits))
      seen.read++
    } catch (error) {
      if (!(error instanceof Damaged) && !(error instanceof LimitReached)) throw error
      seen.refused++
    }
  }
  for (let length = 0; length <= bytes.length; length++) attempt(bytes.subarray(0, length))
  for (let at = 0; at < bytes.length; at++)
    for (const mask of [1, 4, 0x20, 0x80, 0xff]) {
      const copy = Buffer.from(bytes)
      copy[at] = copy[at]! ^ mask
      attempt(copy)
    }
  return seen
}
