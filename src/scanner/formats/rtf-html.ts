import type { Budget } from '#scanner/intake/limits.ts'

/** True for RTF that carries a page (MS-OXRTFEX 2.1.3.1): `\fromhtml1` stands among the first words. */
export function carriesHtml(rtf: Buffer): boolean {
  return rtf.subarray(0, 1024).includes('\\fromhtml1')
}

/** Bytes of RTF that are read; a body is far smaller. */
const LONGEST = 8 * 2 ** 20
const TOKEN = /\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-f]{2})|\\(.)|([{}])|([^\\{}]{1,4096})/gis
/** Groups that hold no text of the page. */
const HIDDEN: ReadonlySet<string> = new Set([
  'fonttbl',
  'colortbl',
  'stylesheet',
  'info',
  'mhtmltag',
  'pntext',
  'fldinst',
  'generator',
  'xe',
  'bkmkstart',
  'bkmkend',
])
const WORDS: Readonly<Record<string, string>> = { par: '\r\n', line: '\r\n', tab: '\t', lquote: '‘', rquote: '’', ldblquote: '“', rdblquote: '”', bullet: '•', endash: '–', emdash: '—' } // prettier-ignore

interface Group {
  readonly hidden: boolean
  /** Inside a group that was marked as one that may be passed over, and whose word is not known yet. */
  readonly starred: boolean
  readonly skipped: boolean
}

/** The page that RTF carries (MS-OXRTFEX 2.2.3.2): what stands in `htmltag` groups, and text outside `htmlrtf`. Throws LimitReached. */
export function htmlOfRtf(rtf: Buffer, budget: Budget): string {
  budget.step(Math.min(rtf.length, LONGEST) >> 2)
  budget.takeBytes(Math.min(rtf.length, LONGEST))
  const text = rtf.toString('latin1', 0, LONGEST)
  const out: string[] = []
  const stack: Group[] = []
  let group: Group = { hidden: false, starred: false, skipped: false }
  for (const token of text.matchAll(TOKEN)) {
    const [, word, number, hex, symbol, brace, plain] = token
    if (brace === '{') stack.push(group)
    else if (brace === '}') group = stack.pop() ?? group
    else if (word !== undefined) {
      const name = word.toLowerCase()
      if (name === 'htmlrtf') group = { ...group, skipped: number !== '0' }
      else if (name === 'htmltag') group = { hidden: false, starred: false, skipped: false }
      else if (HIDDEN.has(name) || group.starred) group = { ...group, hidden: true, starred: false }
      else if (!group.hidden && !group.skipped && name === 'u' && number !== undefined) out.push(String.fromCharCode(Number(number) & 0xffff))
      else if (!group.hidden && !group.skipped) out.push(WORDS[name] ?? '')
    } else if (symbol === '*') group = { ...group, starred: true }
    else if (!group.hidden && !group.skipped)
      out.push(
        plain?.replace(/[\r\n]/g, '') ??
          (hex ? String.fromCharCode(Number.parseInt(hex, 16)) : symbol && /[\\{}]/.test(symbol) ? symbol : symbol === '~' ? ' ' : ''),
      )
  }
  return out.join('')
}
