const BREAKS = /^(?:AND|OR|FOLLOWEDBY)\b/

/**
 * A STIX pattern over several lines: each joined comparison and observation begins one, set in by how deep it stands. Texts
 * in quotation marks are left as they are.
 */
export function prettyPattern(pattern: string): string {
  let [out, depth] = ['', 0]
  for (let at = 0; at < pattern.length;) {
    const letter = pattern[at]!
    if (letter === "'") {
      const end = endOfText(pattern, at)
      out += pattern.slice(at, end)
      at = end
      continue
    }
    if ('[(])'.includes(letter)) depth += '[('.includes(letter) ? 1 : -1
    const word = /\s/.test(pattern[at - 1] ?? ' ') ? BREAKS.exec(pattern.slice(at, at + 12))?.[0] : undefined
    if (word !== undefined) {
      out = `${out.trimEnd()}\n${'  '.repeat(Math.max(0, depth))}${word}`
      at += word.length
      continue
    }
    out += letter
    at++
  }
  return out
}

function endOfText(pattern: string, from: number): number {
  let at = from + 1
  while (at < pattern.length && pattern[at] !== "'") at += pattern[at] === '\\' ? 2 : 1
  return at + 1
}
