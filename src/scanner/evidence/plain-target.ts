/** Leading and trailing characters that the system drops from an address before it takes its scheme: everything up to the space. */
// oxlint-disable-next-line no-control-regex -- these are the characters that are dropped
const AROUND = /^[\u0000-\u0020]+|[\u0000-\u0020]+$/g

/** An address as the system takes it: percent signs undone (a broken one stays as it is), and nothing but the address. */
export function plainTarget(target: string): string {
  return undoPercent(target.slice(0, 16_384)).replace(AROUND, '')
}

/** Percent signs undone, each to one character; a broken one stays as it is. */
export function undoPercent(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
