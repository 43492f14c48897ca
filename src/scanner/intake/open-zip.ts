import { Damaged, LimitReached } from './limits.ts'
import { readXlsbLinks } from '#scanner/formats/excel-binary.ts'
import { openZip, type Zip, type ZipEntry } from '#scanner/formats/zip.ts'
import { sayZipMacros } from './open-workbook.ts'
import { isZipMethodKnown } from '#scanner/formats/zip-entry.ts'
import { ArchiveKeys } from '#scanner/formats/archive-keys.ts'
import { sayListing, sayOpened, sayTricks } from './archive.ts'
import { identify } from './identify.ts'
import { readOdfLocks, unlockOdf, type OdfLock } from '#scanner/formats/odf-encryption.ts'
import { innerPath, type Part } from './part.ts'

/** Opens every entry of an archive; Office, OpenDocument and XPS files are archives too. */
export function openZipPart(part: Part): void {
  const zip = openZip(part.bytes, part.budget)
  const types = contentTypes(zip, part)
  part.kind(kindOf(zip, types))
  const locks = odfLocks(zip, part)
  const keys = new ArchiveKeys(part.passwords, part.hints)
  for (const entry of zip.entries) {
    if (entry.name.endsWith('/') && entry.statedBytes === 0) continue
    openEntry(part, zip, entry, { lock: locks.get(entry.name), keys })
  }
  sayOpened(part, keys)
  if (MACRO_SHEET.test(types)) sayZipMacros(part, zip)
  sayTricks(part, zip.tricks)
  sayListing(
    part,
    zip.entries.map(({ name }) => name),
  )
  if (zip.prepended > 0) sayPrepended(part, zip.prepended)
  for (const damage of zip.damage) part.miss(part.path, 'damaged', damage)
  if (zip.cut) throw new LimitReached(zip.cut)
}

/** Bytes in front of an archive that are of no format: programs skip them, and scanners that go by the first bytes see no archive. */
function sayPrepended(part: Part, bytes: number): void {
  if (part.depth > 0 || identify(part.bytes)[0] !== 'zip') return
  part.say({ kind: 'archive-trick', path: part.path, offset: 0, trick: 'prepended', detail: `${bytes} bytes stand in front of it` })
}

function openEntry(part: Part, zip: Zip, entry: ZipEntry, { lock, keys }: { lock: OdfLock | undefined; keys: ArchiveKeys }): void {
  const path = innerPath(part.path, entry.name)
  if (!isZipMethodKnown(entry)) return part.miss(path, 'unsupported', `packing method ${entry.method} is not opened`)
  const bytes = part.attempt(path, () => {
    const plain = entry.encrypted ? zip.unlock(entry, keys) : zip.read(entry)
    const read = lock && plain ? unlockOdf(plain, lock, part.passwords, part.budget) : plain
    if (!read) part.miss(path, 'encrypted', 'the entry is encrypted')
    return read
  })
  if (!bytes) return
  if (!lock && Number.isFinite(entry.statedBytes) && entry.statedBytes !== 0xffffffff && entry.statedBytes !== bytes.length)
    sayTricks(part, [{ trick: 'size', offset: entry.offset, name: entry.name, detail: `${bytes.length} bytes instead of ${entry.statedBytes}` }])
  part.child(entry.name, bytes, 'zip-entry', entry.offset)
  if (isXlsbPart(bytes)) sayXlsb(part, path, bytes)
}

/** A part of a binary workbook that starts with the record of an external link, or of the workbook itself. */
function isXlsbPart(bytes: Buffer): boolean {
  return (bytes[0] === 0xe8 && bytes[1] === 0x02) || (bytes[0] === 0x83 && bytes[1] === 0x01)
}

function sayXlsb(part: Part, path: string, bytes: Buffer): void {
  for (const link of readXlsbLinks(bytes, part.budget)) part.say({ kind: 'dde-link', path, ...link })
}

const MAIN_PARTS: readonly (readonly [mark: string, kind: string])[] = [
  ['ms-word.document.macroEnabled.main', 'docm'],
  ['wordprocessingml.document.main', 'docx'],
  ['ms-word.template.macroEnabledTemplate.main', 'dotm'],
  ['wordprocessingml.template.main', 'dotx'],
  ['ms-excel.sheet.binary.macroEnabled.main', 'xlsb'],
  ['ms-excel.sheet.macroEnabled.main', 'xlsm'],
  ['ms-excel.addin.macroEnabled.main', 'xlam'],
  ['ms-excel.template.macroEnabled.main', 'xltm'],
  ['spreadsheetml.sheet.main', 'xlsx'],
  ['spreadsheetml.template.main', 'xltx'],
  ['ms-powerpoint.presentation.macroEnabled.main', 'pptm'],
  ['ms-powerpoint.slideshow.macroEnabled.main', 'ppsm'],
  ['ms-powerpoint.template.macroEnabled.main', 'potm'],
  ['presentationml.presentation.main', 'pptx'],
  ['presentationml.slideshow.main', 'ppsx'],
  ['presentationml.template.main', 'potx'],
  ['ms-visio.drawing', 'vsdx'],
  ['package.xps-fixeddocumentsequence', 'xps'],
]

/** Excel opens a macro sheet only from a part whose content type says that it is one. */
const MACRO_SHEET = /macrosheet/i

/** The text of a small entry by its name in lower case; empty where there is none or it cannot be read. */
function topText(zip: Zip, name: string): string {
  const entry = zip.entries.find((one) => one.name.toLowerCase() === name && !one.encrypted && one.packedBytes < 2 ** 20)
  try {
    return entry ? zip.read(entry).toString('latin1') : ''
  } catch (error) {
    if (error instanceof Damaged || error instanceof LimitReached) return ''
    throw error
  }
}

/** The encrypted entries of an OpenDocument file. */
function odfLocks(zip: Zip, part: Part): ReadonlyMap<string, OdfLock> {
  const manifest = topText(zip, 'meta-inf/manifest.xml')
  return manifest.includes('encryption-data') ? readOdfLocks(manifest, part.budget) : new Map()
}

function contentTypes(zip: Zip, part: Part): string {
  const types = topText(zip, '[content_types].xml')
  part.budget.step(types.length >> 4)
  return types
}

/** The kind of document by its content types or its mimetype entry; an archive otherwise. */
function kindOf(zip: Zip, types: string): string {
  const office = MAIN_PARTS.find(([mark]) => types.includes(mark))
  if (office) return office[1]
  const mimetype = topText(zip, 'mimetype').trim()
  return OPEN_DOCUMENTS.get(/^application\/vnd\.oasis\.opendocument\.(\w{1,20})/.exec(mimetype)?.[1] ?? '') ?? 'zip'
}

const OPEN_DOCUMENTS: ReadonlyMap<string, string> = new Map([
  ['text', 'odt'],
  ['spreadsheet', 'ods'],
  ['presentation', 'odp'],
  ['graphics', 'odg'],
])
