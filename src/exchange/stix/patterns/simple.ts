import type { Condition, Pattern, Step } from '#exchange/stix/patterns/syntax-tree.ts'

/**
 * The forms that most indicators have: one bracket of comparisons `type:property = 'text'` joined by OR or by AND, in lower-case
 * types, with properties and keys that need no escape. One expression without a choice to go back on reads each comparison.
 */
const COMPARISON = /[ \t]*([a-z][a-z0-9-]*):([A-Za-z_][A-Za-z0-9_]*)((?:\.(?:[A-Za-z_][A-Za-z0-9_]*|'[^'\\]*'))*)[ \t]*=[ \t]*'([^'\\]*)'[ \t]*/y
/** Longer ones, and those with more comparisons, go the long way, where the bounds are kept. */
const LONGEST = 10_000
const MOST = 200
const KEYWORD = /^(?:[A-Z]{2,}|true|false)$/

/** The tree of a simple pattern; undefined for everything else, valid or not. */
export function parseSimple(text: string): Pattern | undefined {
  if (text.length > LONGEST || text.charCodeAt(0) !== 0x5b) return undefined
  const first = readComparison(text, 1)
  if (!first) return undefined
  let at = COMPARISON.lastIndex
  if (at === text.length - 1 && text.charCodeAt(at) === 0x5d) return isText(text) ? { kind: 'bracket', of: first } : undefined
  const joiner = text.startsWith('OR ', at) ? 'OR' : 'AND'
  const parts = [first]
  while (text.startsWith(joiner, at) && text.charCodeAt(at + joiner.length) === 0x20) {
    const next = readComparison(text, at + joiner.length)
    if (!next || parts.length === MOST || (joiner === 'AND' && next.path.type !== first.path.type)) return undefined
    parts.push(next)
    at = COMPARISON.lastIndex
  }
  if (parts.length === 1 || at !== text.length - 1 || text.charCodeAt(at) !== 0x5d || !isText(text)) return undefined
  return { kind: 'bracket', of: { kind: joiner === 'OR' ? 'any' : 'all', parts } }
}

function isText(text: string): boolean {
  return text.isWellFormed()
}

function readComparison(text: string, at: number): Extract<Condition, { kind: 'comparison' }> | undefined {
  COMPARISON.lastIndex = at
  const found = COMPARISON.exec(text)
  if (!found) return undefined
  const property = found[2]!
  if (isKeyword(property) || isKeyword(found[1]!)) return undefined
  const steps: Step[] = [property]
  if (found[3] !== '' && !addKeys(steps, found[3]!)) return undefined
  return { kind: 'comparison', path: { type: found[1]!, steps }, not: false, operator: '=', operand: { type: 'string', text: found[4]! } }
}

/** The keys of `.name.'other name'`; false if one is a keyword. */
function addKeys(steps: Step[], written: string): boolean {
  let at = 1
  while (at <= written.length) {
    const quoted = written.charCodeAt(at) === 0x27
    const end = quoted ? written.indexOf("'", at + 1) : nextDot(written, at)
    const key = written.slice(quoted ? at + 1 : at, end)
    if (!quoted && isKeyword(key)) return false
    steps.push(key)
    at = end + (quoted ? 2 : 1)
  }
  return true
}

function nextDot(text: string, from: number): number {
  const dot = text.indexOf('.', from)
  return dot < 0 ? text.length : dot
}

/** Names in capitals are left to the full grammar, which knows the keywords. */
function isKeyword(name: string): boolean {
  const code = name.charCodeAt(0)
  return (code <= 0x5a || code === 0x74 || code === 0x66) && KEYWORD.test(name)
}
