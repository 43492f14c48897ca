/** Below this nothing is ever mapped: a pointer that was never set, with an offset. */
const NULL_PAGES = 0x10000n

/** What a faulting address looks like, in words; empty where it looks like nothing. Pure. */
export function addressWords(address: string): string {
  if (BigInt(address) < NULL_PAGES) return 'near zero: a pointer that was never set'
  const text = textIn(address)
  return text === undefined ? '' : `the bytes of the text “${text}”: it may come from the document`
}

/** The text that the bytes of a register spell in memory, where all of them are letters, digits or signs. Pure. */
export function textIn(value: string): string | undefined {
  const digits = value.slice(2)
  if (digits.length % 2 !== 0 || digits.length < 8) return undefined
  // The least byte lies first in memory.
  const bytes = (digits.match(/../g) ?? []).map((two) => Number.parseInt(two, 16)).toReversed()
  return bytes.every((byte) => byte >= 0x20 && byte < 0x7f) ? String.fromCharCode(...bytes) : undefined
}
