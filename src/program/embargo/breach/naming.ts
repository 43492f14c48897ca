/** A text as names are looked for in it: whatever case, width or spacing they are written in. */
function plain(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/\p{Cf}/gu, '')
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
}

/**
 * Which of the names a text holds as whole words. Before the decision on a breach no message may hold any member's: who is accused is
 * not named, and cannot be told by who else is (program.md, section 10, E40).
 */
export function namesIn(text: string, names: readonly string[]): string[] {
  const within = ` ${plain(text)} `
  return names.filter((name) => plain(name) !== '' && within.includes(` ${plain(name)} `))
}
