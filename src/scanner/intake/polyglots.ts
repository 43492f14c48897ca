import type { ContentType } from './content-type.ts'

/** Formats in which no page of HTML belongs; mshta and browsers look for one behind anything. */
const NO_PAGES: ReadonlySet<ContentType> = new Set(['lnk', 'jpeg', 'png', 'gif', 'bmp', 'ico', 'wmf', 'emf', 'cab', 'unknown'])
const LONGEST_LOOK = 4 * 2 ** 20

/** True when a link, a picture or bytes of no format carry a page that mshta would run: an HTA's element or a script with its end. */
export function leadsToHtml(bytes: Buffer, first: ContentType): boolean {
  const tail = first === 'zip' ? bytes.subarray(zipTail(bytes)) : NO_PAGES.has(first) ? bytes.subarray(0, LONGEST_LOOK) : undefined
  if (tail === undefined || tail.length < 16) return false
  if (!tail.includes('<', 0, 'latin1')) return false
  const text = tail.toString('latin1').toLowerCase()
  const page = text.indexOf('<hta:application')
  if (page !== -1) return true
  const script = text.indexOf('<script')
  return script !== -1 && /^<script[\s>]/.test(text.slice(script, script + 8)) && text.includes('</script', script)
}

/** Where the bytes behind the last end record of an archive begin, its comment included. */
function zipTail(bytes: Buffer): number {
  const end = bytes.lastIndexOf('PK\x05\x06', bytes.length, 'latin1')
  return end === -1 ? bytes.length : Math.min(bytes.length, end + 22)
}

/** True when the PDF header in the first kilobyte of an archive stands outside the data of an entry: a stored PDF is an ordinary entry. */
export function pdfBesideEntries(bytes: Buffer): boolean {
  const at = bytes.subarray(0, 1024).indexOf('%PDF-', 0, 'latin1')
  for (let entry = 0; at !== -1 && entry + 30 <= at && bytes.readUInt32LE(entry) === 0x04034b50;) {
    const data = entry + 30 + bytes.readUInt16LE(entry + 26) + bytes.readUInt16LE(entry + 28)
    const end = data + bytes.readUInt32LE(entry + 18)
    if (at < data) return true
    // Without a stated size the entry is taken to reach as far as it may.
    if (at < end || (bytes.readUInt16LE(entry + 6) & 8) !== 0) return false
    entry = end
  }
  return at !== -1
}
