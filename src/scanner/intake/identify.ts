import { isCfb } from '#scanner/formats/cfb.ts'
import { isPdf } from '#scanner/formats/pdf.ts'
import { isRtf } from '#scanner/formats/rtf.ts'
import { findZipEnd } from '#scanner/formats/zip.ts'

/** What bytes are, judged by magic and structure and never by a name. `unknown` is what no rule recognises. */
export type ContentType =
  | 'cfb'
  | 'zip'
  | 'rtf'
  | 'pdf'
  | 'xml'
  | 'html'
  | 'text'
  | 'activemime'
  | 'pe'
  | 'elf'
  | 'macho'
  | 'lnk'
  | 'script'
  | 'java-class'
  | 'onenote'
  | 'gzip'
  | 'rar'
  | '7z'
  | 'cab'
  | 'image'
  | 'media'
  | 'font'
  | 'mail'
  | 'tnef'
  | 'unknown'
  | 'empty'

/** Files that a system runs, or that start something else, when they are opened. */
export const EXECUTABLE: ReadonlySet<ContentType> = new Set(['pe', 'elf', 'macho', 'lnk', 'script', 'java-class'])

/** Formats that this scanner opens; everything else it only recognises. */
export const OPENED: ReadonlySet<ContentType> = new Set(['cfb', 'zip', 'rtf', 'pdf', 'xml', 'text', 'activemime', 'gzip'])

/** Formats that may hold something active and that no reader here opens: their content stays unexamined. */
export const UNOPENED_CONTAINERS: ReadonlySet<ContentType> = new Set(['onenote', 'rar', '7z', 'cab', 'mail', 'tnef', 'html'])

const MAGIC: readonly (readonly [hex: string, type: ContentType, at?: number])[] = [
  ['504b0304', 'zip'],
  ['504b0506', 'zip'],
  ['504b3030504b0304', 'zip'],
  ['4163746976654d696d65', 'activemime'],
  ['7f454c46', 'elf'],
  ['feedface', 'macho'],
  ['feedfacf', 'macho'],
  ['cefaedfe', 'macho'],
  ['cffaedfe', 'macho'],
  ['4c0000000114020000000000c000000000000046', 'lnk'],
  ['e4525c7b8cd8a74daeb15378d02996d3', 'onenote'],
  ['1f8b08', 'gzip'],
  ['526172211a07', 'rar'],
  ['377abcaf271c', '7z'],
  ['4d534346', 'cab'],
  ['789f3e22', 'tnef'],
  ['89504e470d0a1a0a', 'image'],
  ['ffd8ff', 'image'],
  ['47494638', 'image'],
  ['49492a00', 'image'],
  ['4d4d002a', 'image'],
  ['d7cdc69a', 'image'],
  ['0000000c6a5020200d0a', 'image'],
  ['424d', 'image'],
  ['52494646', 'media'],
  ['00000100', 'image'],
  ['4f544f', 'font'],
  ['0001000000', 'font'],
  ['774f4646', 'font'],
  ['494433', 'media'],
  ['000001ba', 'media'],
  ['667479', 'media', 4],
]
const MAGIC_BYTES = MAGIC.map(([hex, type, at = 0]) => ({ mark: Buffer.from(hex, 'hex'), type, at }))
const LOOKED_AT = 4096

/**
 * The types of some bytes: the leading one first, then every other that the same bytes are valid as (a polyglot): a ZIP
 * at the end of something else, a PDF header behind other bytes.
 */
export function identify(bytes: Buffer): readonly [ContentType, ...ContentType[]] {
  const first = leading(bytes)
  const others: ContentType[] = []
  if (first !== 'pdf' && first !== 'cfb' && first !== 'zip' && bytes.length > 64 && isPdf(bytes)) others.push('pdf')
  if (
    first !== 'zip' &&
    first !== 'cfb' &&
    first !== 'pe' &&
    bytes.length >= 22 &&
    findZipEnd(bytes) !== undefined &&
    bytes.includes('PK\x01\x02', 0, 'latin1')
  )
    others.push('zip')
  if (others.length > 0 && (first === 'unknown' || first === 'text')) return [others[0]!, ...others.slice(1)]
  return [first, ...others]
}

function leading(bytes: Buffer): ContentType {
  if (bytes.length === 0) return 'empty'
  if (isCfb(bytes)) return 'cfb'
  if (isRtf(bytes)) return 'rtf'
  if (bytes[0] === 0x25 && bytes.toString('latin1', 0, 5) === '%PDF-') return 'pdf'
  if (isWindowsExecutable(bytes)) return 'pe'
  if (bytes.length > 44 && bytes.readUInt32LE(0) === 1 && bytes.toString('latin1', 40, 44) === ' EMF') return 'image'
  if (bytes.length > 8 && bytes.readUInt32BE(0) === 0xcafebabe && bytes.readUInt16BE(6) >= 45) return 'java-class'
  for (const { mark, type, at } of MAGIC_BYTES) if (bytes.length >= at + mark.length && bytes.subarray(at, at + mark.length).equals(mark)) return type
  return textual(bytes)
}

/** A DOS header whose pointer leads to a PE, NE or LE header, or a DOS program that ends where its header says. */
function isWindowsExecutable(bytes: Buffer): boolean {
  if (bytes.length < 64 || bytes[0] !== 0x4d || bytes[1] !== 0x5a) return false
  const header = bytes.readUInt32LE(60)
  if (header + 4 > bytes.length) return false
  return ['PE', 'NE', 'LE', 'LX'].includes(bytes.toString('latin1', header, header + 2))
}

function textual(bytes: Buffer): ContentType {
  const head = bytes.subarray(0, LOOKED_AT)
  const wide = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0x3c && head[1] === 0)
  const text = (wide ? head.toString('utf16le') : head.toString('latin1')).replace(/^(\u00ef\u00bb\u00bf|\ufeff)/, '')
  const start = text.trimStart().slice(0, 600)
  const lower = start.toLowerCase()
  if (!wide && head.some((c) => c < 9 || (c > 13 && c < 32 && c !== 27))) return 'unknown'
  if (/^(<!doctype html|<html|<head|<body|<script)/.test(lower)) return 'html'
  if (lower.startsWith('<?xml') || /^<[a-z_][\w.-]*(:[\w.-]+)?[\s>/]/.test(lower)) return 'xml'
  if (
    /^(received|return-path|from|message-id|mime-version|delivered-to|x-[\w-]+|date|subject): ?\S/.test(lower) &&
    /\n(mime-version|from|to|subject|content-type|date):/.test(text.toLowerCase())
  )
    return 'mail'
  if (start.startsWith('#!') || /^@echo off\b/i.test(start)) return 'script'
  return 'text'
}
