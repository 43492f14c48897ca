import { decodeText } from '#scanner/formats/mime-header.ts'
import { readMime, type MimePart } from '#scanner/formats/mime.ts'
import { identify } from './identify.ts'
import { hintPasswords, sayLinks } from './mail-links.ts'
import { LimitReached } from './limits.ts'
import { innerPath, type Part } from './part.ts'

const NESTED: ReadonlySet<string> = new Set(['message/rfc822', 'message/global', 'message/news'])

/** Opens a message (RFC 5322) or a web archive (RFC 2557): every part of it, with bodies and attachments as they are decoded. Throws LimitReached. */
export function openMimePart(part: Part): void {
  const archive = identify(part.bytes).includes('mhtml')
  part.kind(archive ? 'mhtml' : 'eml')
  openMessage(part, '', part.bytes, archive, part.depth)
}

function openMessage(part: Part, prefix: string, bytes: Buffer, archive: boolean, depth: number): void {
  const { parts, skipped, cut } = readMime(bytes, part.budget)
  for (const one of parts) part.attempt(innerPath(part.path, prefix + one.number), () => openOne(part, prefix, one, archive, depth))
  for (const what of skipped) part.miss(innerPath(part.path, prefix), 'limit', what)
  if (cut) throw new LimitReached(cut)
}

function openOne(part: Part, prefix: string, one: MimePart, archive: boolean, depth: number): void {
  const bytes = one.read()
  if (bytes.length === 0) return
  const text = one.type === 'text/html' || one.type === 'text/plain'
  const body = text && !one.attached && one.name === ''
  const name = `${prefix}${one.number}/${one.name || lastOf(one.location) || (body ? (one.type === 'text/html' ? 'body.html' : 'body.txt') : 'part')}`
  if (body && !archive) hintPasswords(part, decodeText(bytes, one.charset), one.type === 'text/html')
  if (one.type === 'text/html' && !one.attached && !archive) sayLinks(part, innerPath(part.path, name), decodeText(bytes, one.charset))
  part.child(name, bytes, archive ? 'web-archive' : body ? 'mail-body' : 'mail-attachment', one.offset)
  // Its header may be made so that nothing but the media type says that it is a message.
  const types = identify(bytes)
  if (NESTED.has(one.type) && depth < part.budget.limits.depth && !types.includes('eml') && !types.includes('mhtml'))
    openMessage(part, `${name}!/`, bytes, false, depth + 1)
}

function lastOf(location: string): string {
  return location.slice(location.lastIndexOf('/') + 1)
}
