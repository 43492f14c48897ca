import { isCfb } from '#scanner/formats/cfb.ts'
import { isPdf } from '#scanner/formats/pdf.ts'
import { isRtf } from '#scanner/formats/rtf.ts'
import { findZipEnd } from '#scanner/formats/zip.ts'
import type { ContentType } from './content-type.ts'
import { textual } from './identify-text.ts'
import { leadsToHtml, pdfBesideEntries } from './polyglots.ts'

export { EXECUTABLE, PICTURES, READ_PICTURES, UNOPENED_CONTAINERS, type ContentType } from './content-type.ts'

const MAGIC: readonly (readonly [hex: string, type: ContentType, at?: number])[] = [
  ['504b0304', 'zip'],
  ['504b0506', 'zip'],
  ['504b3030504b0304', 'zip'],
  ['504b0708504b0304', 'zip'],
  ['4163746976654d696d65', 'activemime'],
  ['7f454c46', 'elf'],
  ['feedface', 'macho'],
  ['feedfacf', 'macho'],
  ['cefaedfe', 'macho'],
  ['cffaedfe', 'macho'],
  ['4c0000000114020000000000c000000000000046', 'lnk'],
  ['e4525c7b8cd8a74daeb15378d02996d3', 'onenote'],
  ['a12fff43d9ef764c9ee210ea5722765f', 'onenote'],
  ['1f8b08', 'gzip'],
  ['fd377a585a00', 'xz'],
  ['28b52ffd', 'zstd'],
  ['526172211a07', 'rar'],
  ['377abcaf271c', '7z'],
  ['4d534346', 'cab'],
  ['213c617263683e0a', 'ar'],
  ['2a2a4143452a2a', 'ace', 7],
  ['4d5357494d000000', 'wim'],
  ['636f6e6563746978', 'vhd'],
  ['7668647866696c65', 'vhdx'],
  ['49545346', 'chm'],
  ['789f3e22', 'tnef'],
  ['000100005374616e6461726420', 'access'],
  ['48575020446f63756d656e742046696c652056332e3030', 'hwp3'],
  ['dba52d00', 'word2'],
  ['31be000000ab', 'word2'],
  ['0061736d01000000', 'wasm'],
  ['6465780a3033', 'dex'],
  ['89504e470d0a1a0a', 'png'],
  ['ffd8ff', 'jpeg'],
  ['47494638', 'gif'],
  ['49492a00', 'tiff'],
  ['4d4d002a', 'tiff'],
  ['d7cdc69a', 'wmf'],
  ['0000000c6a5020200d0a', 'jpx'],
  ['ff4fff51', 'jpx'],
  ['974a42320d0a1a0a', 'jbig2'],
  ['38425053', 'psd'],
  ['c5d0d3c6', 'eps'],
  ['25215053', 'eps'],
  // A control character that serial lines end a file with may stand in front; some writers leave out the name of the language.
  ['0425215053', 'eps'],
  ['25210a', 'eps'],
  ['25210d', 'eps'],
  ['00000100', 'ico'],
  ['57454250', 'webp', 8],
  ['52494646', 'media'],
  ['55334400', 'u3d'],
  ['505243', 'prc'],
  ['4f54544f', 'font'],
  ['0001000000', 'font'],
  ['74746366', 'font'],
  ['774f4646', 'font'],
  ['774f4632', 'font'],
  ['494433', 'media'],
  ['000001ba', 'media'],
  ['4f676753', 'media'],
  ['667479', 'media', 4],
]
/** Magic numbers by their first byte; those further in apart, for every file has to be held against them. */
const BY_FIRST = new Map<number, { mark: Buffer; type: ContentType }[]>()
const FURTHER_IN: { mark: Buffer; type: ContentType; at: number }[] = []
for (const [hex, type, at = 0] of MAGIC) {
  const mark = Buffer.from(hex, 'hex')
  if (at > 0) FURTHER_IN.push({ mark, type, at })
  else BY_FIRST.set(mark[0]!, [...(BY_FIRST.get(mark[0]!) ?? []), { mark, type }])
}

/**
 * The types of some bytes: the leading one first, then every other that the same bytes are valid as (a polyglot): a ZIP
 * at the end of something else, a PDF header behind other bytes, a page of HTML in a link or a picture.
 */
export function identify(bytes: Buffer): readonly [ContentType, ...ContentType[]] {
  const first = leading(bytes)
  const others: ContentType[] = []
  if (first !== 'pdf' && first !== 'cfb' && first !== 'emf' && bytes.length > 64 && isPdf(bytes) && (first !== 'zip' || pdfBesideEntries(bytes)))
    others.push('pdf')
  if (first !== 'zip' && first !== 'pe' && endsAsZip(bytes, first)) others.push('zip')
  if (leadsToHtml(bytes, first)) others.push('html')
  if (others.length > 0 && (first === 'unknown' || first === 'text')) return [others[0]!, ...others.slice(1)]
  return [first, ...others]
}

/** Documents hold whole archives as objects: only one whose comment ends where the file ends makes the file an archive. */
function endsAsZip(bytes: Buffer, first: ContentType): boolean {
  if (bytes.length < 22) return false
  const end = findZipEnd(bytes)
  if (end === undefined) return false
  if (first !== 'unknown' && first !== 'text' && end + 22 + bytes.readUInt16LE(end + 20) !== bytes.length) return false
  return bytes.includes('PK\x01\x02', 0, 'latin1')
}

function leading(bytes: Buffer): ContentType {
  if (bytes.length === 0) return 'empty'
  if (isCfb(bytes)) return 'cfb'
  if (isRtf(bytes)) return 'rtf'
  if (bytes[0] === 0x25 && bytes.toString('latin1', 0, 5) === '%PDF-') return 'pdf'
  const magic = BY_FIRST.get(bytes[0]!)?.find(({ mark }) => starts(bytes, mark, 0))?.type
  return magic ?? structured(bytes) ?? FURTHER_IN.find(({ mark, at }) => starts(bytes, mark, at))?.type ?? textual(bytes)
}

function starts(bytes: Buffer, mark: Buffer, at: number): boolean {
  return bytes.length >= at + mark.length && bytes.compare(mark, 0, mark.length, at, at + mark.length) === 0
}

/** What takes more than a magic number. */
function structured(bytes: Buffer): ContentType | undefined {
  if (isWindowsExecutable(bytes)) return 'pe'
  if (bytes.length > 44 && bytes.readUInt32LE(0) === 1 && bytes.toString('latin1', 40, 44) === ' EMF') return 'emf'
  if (bytes.length > 8 && bytes.readUInt32BE(0) === 0xcafebabe) return bytes.readUInt16BE(6) >= 45 ? 'java-class' : 'macho'
  if (isBitmap(bytes)) return 'bmp'
  if (isPlainMetafile(bytes)) return 'wmf'
  if (isFlash(bytes)) return 'swf'
  if (isOldWorkbook(bytes)) return 'biff'
  if (bytes.length >= 10 && /^BZh[1-9]$/.test(bytes.toString('latin1', 0, 4)) && bytes.readUIntBE(4, 6) === 0x314159265359) return 'bzip2'
  if (/^-l[hz][\dsd]-$/.test(bytes.toString('latin1', 2, 7))) return 'lzh'
  if (bytes.length > 16 && bytes[0] === 0x60 && bytes[1] === 0xea && bytes.readUInt16LE(2) <= 2600 && bytes[10]! <= 2) return 'arj'
  if (isTar(bytes)) return 'tar'
  return diskImage(bytes)
}

/** A DOS header whose pointer leads to a PE, NE or LE header. */
function isWindowsExecutable(bytes: Buffer): boolean {
  if (bytes.length < 64 || bytes[0] !== 0x4d || bytes[1] !== 0x5a) return false
  const header = bytes.readUInt32LE(60)
  if (header + 4 > bytes.length) return false
  return ['PE', 'NE', 'LE', 'LX'].includes(bytes.toString('latin1', header, header + 2))
}

function isBitmap(bytes: Buffer): boolean {
  return bytes.length >= 26 && bytes[0] === 0x42 && bytes[1] === 0x4d && [12, 40, 52, 56, 64, 108, 124].includes(bytes.readUInt32LE(14))
}

/** A metafile without the placeable header (MS-WMF 2.3.2.2): in memory or on disk, a header of nine words, version 1.0 or 3.0. */
function isPlainMetafile(bytes: Buffer): boolean {
  return (
    bytes.length >= 24 && bytes[0]! >= 1 && bytes[0]! <= 2 && bytes[1] === 0 && bytes.readUInt16LE(2) === 9 && [0x100, 0x300].includes(bytes.readUInt16LE(4))
  )
}

function isFlash(bytes: Buffer): boolean {
  return bytes.length >= 9 && /^[CFZ]WS$/.test(bytes.toString('latin1', 0, 3)) && bytes[3]! > 0 && bytes[3]! < 60
}

/** A workbook of Excel 2 to 5 that is not in a compound file: a BOF record (MS-XLS 2.4.21 and its elders) of a known version and kind. */
function isOldWorkbook(bytes: Buffer): boolean {
  if (bytes.length < 12 || bytes[0] !== 9 || bytes[2]! > 16 || bytes[2]! < 4 || bytes[3] !== 0) return false
  const kind = bytes.readUInt16LE(6)
  return [0, 2, 4, 8].includes(bytes[1]!) && (kind === 5 || kind === 6 || kind === 0x10 || kind === 0x20 || kind === 0x40 || kind === 0x100)
}

/** A header block whose check sum is right (POSIX.1, ustar), with or without its magic. */
function isTar(bytes: Buffer): boolean {
  if (bytes.length < 512 || bytes[0] === 0) return false
  const stated = /^[ 0]{0,7}([0-7]{1,6})[ \0]/.exec(bytes.toString('latin1', 148, 156))?.[1]
  if (stated === undefined) return false
  let sum = 8 * 32
  for (let at = 0; at < 512; at++) if (at < 148 || at >= 156) sum += bytes[at]!
  return sum === Number.parseInt(stated, 8)
}

/** ISO 9660 and UDF by the volume descriptors from sector 16 on; a raw VHD by its footer. */
function diskImage(bytes: Buffer): ContentType | undefined {
  const at = (sector: number) => bytes.toString('latin1', sector * 2048 + 1, sector * 2048 + 6)
  if (bytes.length >= 17 * 2048) {
    if (at(16) === 'CD001') return 'iso'
    if (at(16) === 'BEA01') return 'udf'
  }
  return bytes.length > 512 && bytes.toString('latin1', bytes.length - 512, bytes.length - 504) === 'conectix' ? 'vhd' : undefined
}
