import { bigEndian, utf16 } from '#scanner/formats/bytes.ts'
import type { ContentType } from './content-type.ts'

const LOOKED_AT = 4096
/** Elements that a browser takes for the beginning of a page; not those that XML vocabularies use as well. */
const PAGE = /^<(head|body|script|iframe|meta|title|div|center|h1|hta:application)[\s>/]/
const SCRIPT_LINE = /^[ \t]*(?:(?:dim|set|on error resume next|const|option explicit)\b[^\n]{0,200}|(?:var|let)\s+\w{1,60}\s*=[^\n]{0,200})$/im
const SCRIPT_CALL = /wscript\.|createobject\s?\(|new\s+activexobject\s?\(|getobject\s?\(/i

/** What text is, by how it begins. Looks at the first four kilobytes; `unknown` for bytes that are no text. */
export function textual(bytes: Buffer): ContentType {
  const head = bytes.subarray(0, LOOKED_AT)
  const wide = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0x3c && head[1] === 0)
  const swapped = (head[0] === 0xfe && head[1] === 0xff) || (head[0] === 0 && head[1] === 0x3c)
  const text = (wide ? utf16(head) : swapped ? bigEndian(head) : head.toString('latin1')).replace(/^(\u00ef\u00bb\u00bf|\ufeff)/, '')
  if (!wide && !swapped && head.some((c) => c < 9 || (c > 13 && c < 32 && c !== 27))) return isPageAnyway(text) ? 'html' : 'unknown'
  return marked(text) ?? mail(text) ?? script(text) ?? sheet(text) ?? 'text'
}

/** Markup, and texts that begin with their own mark. */
function marked(text: string): ContentType | undefined {
  const start = skipProlog(text)
  const lower = start.slice(0, 600).toLowerCase()
  const declared = text.trimStart().toLowerCase().startsWith('<?xml')
  if (/^<(!doctype\s{1,9}html|html)[\s>/]/.test(lower) || (!declared && PAGE.test(lower))) return 'html'
  if (declared || /^<!doctype\s{1,9}[a-z_][\w.:-]{0,100}[\s[>]/.test(lower) || /^<[a-z_][\w.-]{0,100}(:[\w.-]{1,100})?[\s>/]/.test(lower)) return 'xml'
  if (text.startsWith('ID;')) return 'slk'
  if (/^WEB\s{0,4}\r?\n\s{0,4}1\s{0,4}\r?\n/i.test(text)) return 'iqy'
  if (/^[[;]/.test(start) && /(^|\n)[ \t]{0,20}\[internetshortcut\]/i.test(text)) return 'url-file'
  return lower.startsWith('%!ps') ? 'eps' : undefined
}

/** The text behind comments, processing instructions and white space, within what is looked at. */
function skipProlog(text: string): string {
  let rest = text.trimStart()
  for (let i = 0; i < 16; i++) {
    const [open, close] = rest.startsWith('<!--') ? ['<!--', '-->'] : rest.startsWith('<?') ? ['<?', '>'] : []
    if (open === undefined) return rest
    const end = rest.indexOf(close!, open.length)
    if (end === -1) return rest
    rest = rest.slice(end + close!.length).trimStart()
  }
  return rest
}

/** A page that has control characters in it, as browsers tolerate. */
function isPageAnyway(text: string): boolean {
  const lower = skipProlog(text).slice(0, 600).toLowerCase()
  return lower.startsWith('<!doctype html') || /^<(html|script|hta:application)[\s>]/.test(lower)
}

/** A message (RFC 5322) or a web archive (RFC 2557); some of its lines may stand behind junk, as Word tolerates. */
function mail(text: string): ContentType | undefined {
  const lower = text.toLowerCase()
  const first = lower.trimStart().slice(0, 600)
  const headers =
    /^(received|return-path|from|to|cc|message-id|mime-version|delivered-to|x-[\w-]{1,60}|date|subject|content-type|reply-to|sender|dkim-signature|authentication-results|arc-[\w-]{1,40}): ?\S/.test(
      first,
    ) || /^from \S{1,200} /.test(first)
  const more = /\n(mime-version|from|to|subject|content-type|date|content-location|received):/.test(lower)
  const related = lower.includes('multipart/related') || lower.includes('content-location:')
  if (headers && more) return related && !/(^|\n)(received|delivered-to|return-path|to|message-id):/.test(lower) ? 'mhtml' : 'eml'
  return /(^|\n)mime-version:/.test(lower) && related && lower.includes('boundary=') ? 'mhtml' : undefined
}

function script(text: string): ContentType | undefined {
  const start = text.trimStart()
  if (start.startsWith('#!') || start.startsWith('#@~^') || /^(?:rem [^\n]{0,200}\n\s{0,20})?@?echo off\b/i.test(start)) return 'script'
  if (/^(?:powershell|cmd|mshta|start)(?:\.exe)? {1,4}[-/"]/i.test(start)) return 'script'
  return SCRIPT_LINE.test(start) && SCRIPT_CALL.test(start) ? 'script' : undefined
}

/** Lines that agree in how many separators they hold. */
function sheet(text: string): ContentType | undefined {
  const lines = text.split('\n', 9).slice(0, -1)
  if (lines.length < 2) return undefined
  for (const separator of [',', ';', '\t']) {
    const counts = lines.filter((line) => line.trim() !== '').map((line) => line.split(separator).length)
    if (counts.length >= 2 && counts[0]! > 1 && counts.every((count) => count === counts[0])) return 'csv'
  }
  return undefined
}
