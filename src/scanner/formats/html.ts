import { upToLimit, type Budget } from '#scanner/intake/limits.ts'
import { walkXml, type XmlEvent } from './xml.ts'

/** What a page holds that a browser runs or follows. Offsets are characters of the page. */
export interface Page {
  readonly scripts: readonly PageScript[]
  /** Addresses that the page leads to by itself: redirections and frames; and those that a click leads to. */
  readonly addresses: readonly { readonly offset: number; readonly how: 'redirect' | 'frame' | 'click'; readonly target: string }[]
  /** There are more of them than are kept. */
  readonly cut: boolean
}

export interface PageScript {
  readonly offset: number
  readonly language: 'javascript' | 'vbscript'
  /** An element of its own, or the attribute of another that an event runs. */
  readonly from: 'element' | 'handler'
  readonly source: string
}

const MOST_SCRIPTS = 1000
const MOST_ADDRESSES = 1000
/** Links that a click follows take no place from what the page does by itself. */
const MOST_CLICKS = 600
const ORDINARY = /^(?:https?:|mailto:|tel:|#|[^:]{0,200}$|[^:]{0,200}[/?#])/i
const CLOSE_SCRIPT = /<\/script/gi

/** Reads a page as leniently as a browser: script elements with all they hold, handlers of events, addresses. A limit ends it with what was found. */
export function readPage(text: string, budget: Budget): Page {
  const reader = new PageReader()
  const cut = upToLimit(() => {
    // A script is no markup: what is in it is taken whole, and the walk goes on behind it.
    for (let at = 0; at < text.length;) {
      const open = nextScript(text, at)
      for (const event of walkXml(text.slice(at, open.from), budget)) reader.take(event, at)
      if (open.from === text.length) break
      for (const event of walkXml(text.slice(open.from, open.body), budget)) reader.take(event, open.from)
      reader.script(text.slice(open.from, open.body), text.slice(open.body, open.to), open.body)
      at = open.to
    }
  })
  if (cut) reader.cut = true
  return reader
}

function nextScript(text: string, at: number): { readonly from: number; readonly body: number; readonly to: number } {
  const opening = /<script(?=[\s>/])/gi
  opening.lastIndex = at
  const found = opening.exec(text)
  const close = found ? text.indexOf('>', found.index) : -1
  if (!found || close === -1) return { from: text.length, body: text.length, to: text.length }
  CLOSE_SCRIPT.lastIndex = close + 1
  const end = CLOSE_SCRIPT.exec(text)
  return { from: found.index, body: close + 1, to: end ? end.index : text.length }
}

class PageReader implements Page {
  readonly scripts: PageScript[] = []
  readonly addresses: { offset: number; how: 'redirect' | 'frame' | 'click'; target: string }[] = []
  cut = false
  #clicks = 0
  readonly #handlers = new Set<string>()

  take(event: XmlEvent, from: number): void {
    if (event.kind !== 'open') return
    const offset = from + event.offset
    const name = event.name.toLowerCase()
    const attributes = new Map([...event.attributes].map(([key, value]) => [key.toLowerCase(), value]))
    if (name === 'meta' && /refresh/i.test(attributes.get('http-equiv') ?? '')) {
      const target = /url\s{0,8}=\s{0,8}['"]?([^'"]{1,2000})/i.exec(attributes.get('content') ?? '')
      if (target) this.#address(offset, 'redirect', target[1]!)
    }
    if (name === 'iframe' || name === 'frame' || name === 'embed') this.#address(offset, 'frame', attributes.get('src') ?? '')
    if (name === 'object') this.#address(offset, 'frame', attributes.get('data') ?? '')
    if (name === 'a' || name === 'area') this.#address(offset, 'click', attributes.get('href') ?? '')
    if (name === 'form') this.#address(offset, 'click', attributes.get('action') ?? '')
    for (const [key, source] of attributes)
      if (key.startsWith('on') && source !== '') this.#add({ offset, language: languageOf(source), from: 'handler', source })
  }

  script(tag: string, source: string, offset: number): void {
    const type = /\b(?:type|language)\s{0,8}=\s{0,8}["']?([\w/.+-]{1,60})/i.exec(tag)?.[1]?.toLowerCase() ?? ''
    if (/json|template|html|text\/x-/.test(type) || source.trim() === '') return
    this.#add({
      offset,
      language: type.includes('vbs') ? 'vbscript' : 'javascript',
      from: 'element',
      source: source.replace(/^\s{0,200}<!--/, '').replace(/-->\s{0,200}$/, ''),
    })
  }

  #add(script: PageScript): void {
    // The same handler on a thousand elements says nothing new.
    if (script.from === 'handler' && this.#handlers.has(script.source)) return
    if (script.from === 'handler') this.#handlers.add(script.source)
    if (this.scripts.length < MOST_SCRIPTS) this.scripts.push(script)
    else this.cut = true
  }

  #address(offset: number, how: 'redirect' | 'frame' | 'click', target: string): void {
    const trimmed = target.trim()
    if (/^javascript:/i.test(trimmed)) this.#add({ offset, language: 'javascript', from: 'handler', source: trimmed.slice(11) })
    else if (/^vbscript:/i.test(trimmed)) this.#add({ offset, language: 'vbscript', from: 'handler', source: trimmed.slice(9) })
    else if (trimmed !== '' && !this.#isFull(how, trimmed)) this.addresses.push({ offset, how, target: trimmed.slice(0, 4000) })
  }

  #isFull(how: 'redirect' | 'frame' | 'click', target: string): boolean {
    const full = this.addresses.length >= MOST_ADDRESSES || (how === 'click' && ++this.#clicks > MOST_CLICKS)
    // An ordinary link further down leads where those before it lead: to a page, at a click.
    if (full && (how !== 'click' || !ORDINARY.test(target))) this.cut = true
    return full
  }
}

function languageOf(source: string): PageScript['language'] {
  return /^\s{0,40}vbscript:/i.test(source) ? 'vbscript' : 'javascript'
}
