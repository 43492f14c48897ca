import type { Budget } from '#scanner/intake/limits.ts'

/** A class whose destructor keeps the object that is being destroyed (VBScript). */
export interface Terminate {
  /** The class, and where its destructor begins, in characters of the script. */
  readonly name: string
  readonly offset: number
  /** The array out of which the destructor takes the object, and the one that it puts it into. */
  readonly from: string
  readonly into: string
  /** Whether the destructor then gives the place in the first array another value, which ends the object's last counted reference. */
  readonly overwritten: boolean
  /** Whether the script empties the first array by `Erase`, which runs the destructor. */
  readonly erased: boolean
}

const LONGEST_LINE = 2000
const NAME = '[A-Za-z_]\\w{0,250}'
const CLASS = new RegExp(`^class\\s{1,20}(${NAME})`, 'i')
const KEEP = new RegExp(`^set\\s{1,20}(${NAME})\\s{0,20}\\([^()]{0,200}\\)\\s{0,20}=\\s{0,20}(${NAME})\\s{0,20}\\(`, 'i')
const OVERWRITE = new RegExp(`^(${NAME})\\s{0,20}\\([^()]{0,200}\\)\\s{0,20}=`, 'i')
const ERASE = new RegExp(`^erase\\s{1,20}(${NAME})`, 'i')

/** Looks for destructors that copy an array's element into another array. Reads statement by statement; linear. Throws LimitReached. */
export function readTerminate(source: string, budget: Budget): Terminate[] {
  const found: { name: string; offset: number; from: string; into: string; overwritten: boolean }[] = []
  const erased = new Set<string>()
  let name = ''
  let inside = -1
  for (const { text, offset } of statements(source)) {
    budget.step()
    const lower = text.toLowerCase()
    const erase = ERASE.exec(text)
    if (erase) erased.add(erase[1]!.toLowerCase())
    if (CLASS.test(text)) name = CLASS.exec(text)![1]!
    else if (/^(?:private\s{1,20}|public\s{1,20})?sub\s{1,20}class_terminate\b/.test(lower)) inside = offset
    else if (/^end\s{1,20}sub/.test(lower)) inside = -1
    if (inside === -1 || found.length >= 100) continue
    const keep = KEEP.exec(text)
    if (keep) found.push({ name, offset: inside, into: keep[1]!, from: keep[2]!, overwritten: false })
    const last = found.at(-1)
    const over = OVERWRITE.exec(text)
    if (over && last?.offset === inside && over[1]!.toLowerCase() === last.from.toLowerCase()) last.overwritten = true
  }
  return found.map((one) => ({ ...one, erased: erased.has(one.from.toLowerCase()) }))
}

/** Statements of a script: lines, and what colons part in them outside of texts. */
function* statements(source: string): Generator<{ text: string; offset: number }> {
  let quoted = false
  for (let at = 0, from = 0; at <= source.length; at++) {
    const c = source[at] ?? '\n'
    if (c === '"') quoted = !quoted
    const line = c === '\n' || c === '\r'
    if (!line && (c !== ':' || quoted)) continue
    if (line) quoted = false
    if (at > from) yield { text: source.slice(from, Math.min(at, from + LONGEST_LINE)).trim(), offset: from }
    from = at + 1
  }
}
