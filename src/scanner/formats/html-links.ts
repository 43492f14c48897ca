import { upToLimit, type Budget, type LimitName } from '#scanner/intake/limits.ts'

/** A link of a page: where it leads, and the text that a reader sees of it. Both with their references undone. */
export interface HtmlLink {
  /** Characters from the start of the page. */
  readonly offset: number
  readonly target: string
  readonly text: string
}

const LONGEST = 4000
const NAMED: Readonly<Record<string, string>> = {
  amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ', bsol: '\\', sol: '/', excl: '!', colon: ':', period: '.', Tab: '\t', NewLine: '\n', shy: '', num: '#', commat: '@', lowbar: '_', percnt: '%',
} // prettier-ignore

/** Reads the links of a page (HTML, elements a and area) in one pass. A limit ends it with what was found. */
export function readHtmlLinks(html: string, budget: Budget): { readonly links: readonly HtmlLink[]; readonly cut?: LimitName } {
  const links: HtmlLink[] = []
  let open: { offset: number; target: string; from: number } | undefined
  const finish = (end: number) => {
    if (open) links.push({ offset: open.offset, target: open.target, text: visible(html.slice(open.from, Math.min(end, open.from + LONGEST))) })
    open = undefined
  }
  const cut = upToLimit(() => {
    for (let at = html.indexOf('<'); at !== -1; at = html.indexOf('<', at)) {
      budget.step()
      if (html.startsWith('<!--', at)) {
        const close = html.indexOf('-->', at + 4)
        if (close === -1) break
        at = close + 3
        continue
      }
      const name = /^<(\/?[a-z]{1,10})[\s/>]/i.exec(html.slice(at, at + 14))?.[1]?.toLowerCase()
      if (name === 'a' || name === 'area') {
        finish(at)
        const tag = readTag(html, at + 1 + name.length)
        const target = tag.attributes.get('href')
        if (target !== undefined) open = { offset: at, target: undone(target).trim(), from: tag.end }
        if (name === 'area') finish(tag.end)
        at = tag.end
        continue
      }
      if (name === '/a') finish(at)
      at++
    }
  })
  finish(html.length)
  return { links, ...(cut && { cut }) }
}

/** The attributes of a tag, from behind its name on; the first of a name counts. */
function readTag(html: string, from: number): { readonly attributes: ReadonlyMap<string, string>; readonly end: number } {
  const attributes = new Map<string, string>()
  let at = from
  const last = Math.min(html.length, from + 20_000)
  while (at < last && html[at] !== '>') {
    if (/[\s/]/.test(html[at]!)) {
      at++
      continue
    }
    const start = at
    while (at < last && !/[\s=>/]/.test(html[at]!)) at++
    const name = html.slice(start, at).toLowerCase()
    while (at < last && /\s/.test(html[at]!)) at++
    if (html[at] !== '=') {
      if (at === start) at++
      if (name !== '' && !attributes.has(name)) attributes.set(name, '')
      continue
    }
    at++
    while (at < last && /\s/.test(html[at]!)) at++
    const quote = html[at] === '"' || html[at] === "'" ? html[at]! : ''
    const begin = at + quote.length
    let end = begin
    while (end < last && (quote ? html[end] !== quote : !/[\s>]/.test(html[end]!))) end++
    if (!attributes.has(name)) attributes.set(name, html.slice(begin, end))
    at = end + quote.length
  }
  return { attributes, end: Math.min(html.length, Math.max(at + 1, from)) }
}

/** Character references undone, as far as they matter in an address. */
function undone(text: string): string {
  return text.slice(0, LONGEST).replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,8}));?/gi, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return NAMED[name] ?? NAMED[name.toLowerCase()] ?? whole
    const code = decimal === undefined ? Number.parseInt(hex!, 16) : Number(decimal)
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : ''
  })
}

/** The text between tags, with white space as one blank. */
function visible(html: string): string {
  return undone(html.replace(/<[^<>]{0,2000}>/g, ''))
    .replace(/\s+/g, ' ')
    .trim()
}
