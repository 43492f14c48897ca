import { isAscii } from 'node:buffer'
import type { Budget } from '#scanner/intake/limits.ts'
import { bigEndian, utf16 } from './bytes.ts'

/** One event of an XML text: a tag, or the characters between two tags. Names are local names, without prefix. */
export type XmlEvent =
  | { readonly kind: 'open'; readonly name: string; readonly attributes: ReadonlyMap<string, string>; readonly closed: boolean; readonly offset: number }
  | { readonly kind: 'close'; readonly name: string; readonly offset: number }
  | { readonly kind: 'text'; readonly text: string; readonly offset: number }

/** The text of an XML part, by byte order mark or the look of its first bytes. */
export function xmlText(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return utf16(bytes, 2)
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return bigEndian(bytes.subarray(2))
  if (bytes[0] === 0x3c && bytes[1] === 0) return utf16(bytes)
  if (bytes[0] === 0 && bytes[1] === 0x3c) return bigEndian(bytes)
  const rest = bytes.subarray(bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0)
  // The same text either way, but one that is no wider than the bytes on its way there.
  return rest.toString(isAscii(rest) ? 'latin1' : 'utf8')
}

/**
 * Walks tags and text of XML that nobody checked: no document type is read, no entity beyond the five of XML and
 * character numbers is expanded, and nothing is refused. Offsets count characters. Linear in the length of the text.
 */
export function* walkXml(text: string, budget: Budget): Generator<XmlEvent> {
  let at = 0
  while (at < text.length) {
    budget.step()
    const open = text.indexOf('<', at)
    const textEnd = open === -1 ? text.length : open
    if (textEnd > at) yield { kind: 'text', text: decodeEntities(text.slice(at, textEnd)), offset: at }
    if (open === -1) return
    if (text.startsWith('<!--', open)) at = after(text, '-->', open + 4)
    else if (text.startsWith('<![CDATA[', open)) {
      at = after(text, ']]>', open + 9)
      yield { kind: 'text', text: text.slice(open + 9, Math.max(open + 9, at - 3)), offset: open + 9 }
    } else if (text[open + 1] === '?' || text[open + 1] === '!') at = after(text, '>', open + 2)
    else if (text[open + 1] === '/') {
      at = after(text, '>', open + 2)
      yield { kind: 'close', name: localName(text.slice(open + 2, at - 1).trim()), offset: open }
    } else {
      const tag = readTag(text, open, budget)
      at = tag.end
      yield tag.event
    }
  }
}

function after(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from)
  return found === -1 ? text.length : found + mark.length
}

function readTag(text: string, open: number, budget: Budget): { event: XmlEvent; end: number } {
  let at = open + 1
  while (at < text.length && !isBreak(text.charCodeAt(at))) at++
  const name = localName(text.slice(open + 1, at))
  const attributes = new Map<string, string>()
  let closed = false
  for (;;) {
    budget.step()
    while (at < text.length && isSpace(text.charCodeAt(at))) at++
    if (at >= text.length) break
    const c = text[at]!
    if (c === '>') {
      at++
      break
    }
    if (c === '/') {
      closed = true
      at++
      continue
    }
    if (c === '<') break
    const from = at
    while (at < text.length && !isBreak(text.charCodeAt(at)) && text[at] !== '=') at++
    const key = localName(text.slice(from, at))
    while (at < text.length && isSpace(text.charCodeAt(at))) at++
    if (text[at] !== '=') {
      if (at === from) at++
      continue
    }
    at++
    while (at < text.length && isSpace(text.charCodeAt(at))) at++
    const quote = text[at]
    if (quote === '"' || quote === "'") {
      const end = text.indexOf(quote, at + 1)
      const stop = end === -1 ? text.length : end
      if (attributes.size < 64) attributes.set(key, decodeEntities(text.slice(at + 1, stop)))
      at = stop + 1
    } else {
      const start = at
      while (at < text.length && !isBreak(text.charCodeAt(at))) at++
      if (attributes.size < 64) attributes.set(key, decodeEntities(text.slice(start, at)))
      if (at === start) at++
    }
  }
  return { event: { kind: 'open', name, attributes, closed, offset: open }, end: Math.max(at, open + 1) }
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13)
}

function isBreak(code: number): boolean {
  return isSpace(code) || code === 62 || code === 47 || code === 60
}

function localName(name: string): string {
  const colon = name.lastIndexOf(':')
  return colon === -1 ? name : name.slice(colon + 1)
}

const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** Replaces the five named entities and character numbers; everything else stays as it is written. */
export function decodeEntities(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(#x0{0,64}[0-9a-f]{1,6}|#0{0,64}[0-9]{1,7}|amp|lt|gt|quot|apos);/gi, (whole, body: string) => {
    if (body[0] !== '#') return NAMED[body.toLowerCase()] ?? whole
    const code = body[1] === 'x' || body[1] === 'X' ? Number.parseInt(body.slice(2), 16) : Number(body.slice(1))
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}
