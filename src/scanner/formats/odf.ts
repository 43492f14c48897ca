import { ddeFormula } from './sheet-text.ts'
import type { XmlEvent } from './xml.ts'

/** A script that a document binds to an event (OpenDocument 1.3 part 3, 14.4.2 and 19.820). */
export interface BoundScript {
  readonly offset: number
  readonly event: string
  /** As written: `vnd.sun.star.script:Standard.Module1.Main?language=Basic&location=document`. */
  readonly url: string
  /** Bound to the document itself, not to an object in it. */
  readonly global: boolean
}

/** A part of the document that is taken from elsewhere when it opens or is updated. */
export interface OdfLink {
  readonly offset: number
  readonly element: string
  readonly target: string
}

const LINKS = new Set(['floating-frame', 'object', 'object-ole', 'plugin', 'applet', 'section-source', 'table-source', 'cell-range-source'])
const LONGEST = 4096

/** True for a part in the words of OpenDocument, or of the format of OpenOffice 1 that it came from. */
export function isOdfPart(text: string): boolean {
  const head = text.slice(0, 8192)
  return head.includes('urn:oasis:names:tc:opendocument') || head.includes('http://openoffice.org/')
}

/** Gathers event-bound scripts, links and DDE from the tags of an OpenDocument part, one tag at a time. */
export class OdfReader {
  readonly scripts: BoundScript[] = []
  readonly links: OdfLink[] = []
  readonly dde: { readonly offset: number; readonly service: string; readonly topic: string }[] = []
  #inScripts = false

  take(event: XmlEvent): void {
    if (event.kind === 'text') return
    if (event.name === 'scripts') this.#inScripts = event.kind === 'open' && !event.closed
    if (event.kind === 'open') this.#tag(event)
  }

  #tag({ name, attributes, offset }: Extract<XmlEvent, { kind: 'open' }>): void {
    const target = (attributes.get('href') ?? '').slice(0, LONGEST)
    if (name === 'event-listener' || name === 'event') {
      const url = target || oldScript(attributes)
      if (url) this.scripts.push({ offset, event: attributes.get('event-name') ?? '', url, global: this.#inScripts })
    } else if (/^\s*vnd\.(sun\.star\.script|libreoffice\.command):/i.test(target)) this.scripts.push({ offset, event: 'click', url: target, global: false })
    else if (LINKS.has(name) && target !== '') this.links.push({ offset, element: name, target })
    const service = attributes.get('dde-application')
    if (service !== undefined) this.dde.push({ offset, service, topic: `${attributes.get('dde-topic') ?? ''}!${attributes.get('dde-item') ?? ''}` })
    const formula = attributes.get('formula')
    if (formula?.includes('DDE')) this.#formula(formula, offset)
  }

  /** `of:=DDE("cmd";"/c calc";"a")`, and the older way of writing a link. */
  #formula(formula: string, offset: number): void {
    const text = formula.slice(0, LONGEST)
    const [, service, topic] = /\bDDE\(\s{0,20}"([^"]{1,300})"\s{0,20}[;,]\s{0,20}"([^"]{0,2000})"/i.exec(text) ?? []
    if (service !== undefined) this.dde.push({ offset, service, topic: topic ?? '' })
    else {
      const link = ddeFormula(text.slice(text.indexOf('=')))
      if (link) this.dde.push({ offset, ...link })
    }
  }
}

/** A script as OpenDocument 1.0 binds it, in the words of the later URL. */
function oldScript(attributes: ReadonlyMap<string, string>): string {
  const name = attributes.get('macro-name') ?? ''
  return name === '' ? '' : `vnd.sun.star.script:${name}?language=${attributes.get('language') ?? ''}&location=${attributes.get('location') ?? 'document'}`
}

/** What a script URL says: where the script lies, its name, language and place, percent signs undone as often as they were set. */
export interface ScriptUrl {
  readonly path: string
  /** The path as it stands, before percent signs are undone. */
  readonly written: string
  readonly language: string
  readonly location: string
}

/** Undefined for a URL of another scheme. */
export function readScriptUrl(url: string): ScriptUrl | undefined {
  const [, written, query = ''] = /^\s*vnd\.sun\.star\.script:([^?]*)(?:\?(.*))?$/is.exec(url) ?? []
  if (written === undefined) return undefined
  const fields = new Map(query.split('&').map((pair) => [pair.split('=')[0]!.toLowerCase(), decode(pair.split('=')[1] ?? '')]))
  return {
    written,
    path: decode(decode(written)),
    language: (fields.get('language') ?? '').toLowerCase(),
    location: (fields.get('location') ?? '').toLowerCase(),
  }
}

function decode(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

/** True for a path that climbs: a segment of two dots. */
export function climbs(path: string): boolean {
  return /(^|[\\/|])\.\.([\\/|]|$)/.test(path)
}
