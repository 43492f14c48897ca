import { u32 } from '#scanner/formats/bytes.ts'
import { WATCHED_CLASSES } from '#scanner/formats/common-controls.ts'
import { EQUATION_CLASSES } from '#scanner/formats/equation.ts'
import { openCfb, type Cfb, type CfbEntry } from '#scanner/formats/cfb.ts'
import { inflateRaw, inflateZlib } from '#scanner/formats/inflate.ts'
import { readExcelBinary } from '#scanner/formats/excel-binary.ts'
import { compObjClass } from '#scanner/formats/ole-stream.ts'
import { readPowerPoint } from '#scanner/formats/powerpoint.ts'
import { readVbaProjects } from '#scanner/formats/vba.ts'
import { readWordBinary } from '#scanner/formats/word-fields.ts'
import { identify, PICTURES, READ_PICTURES, type ContentType } from './identify.ts'
import { sayMacros } from './open-workbook.ts'
import { Damaged, LimitReached } from './limits.ts'
import { sayControl } from './open-control.ts'
import { openDrawingGroup, openOfficePictures } from './open-pictures.ts'
import { openMsg } from './open-mapi.ts'
import { sayClasses, sayLinks } from './open-ole-link.ts'
import { sayEquation, sayPackage } from './open-ole-object.ts'
import { innerPath, type Part } from './part.ts'
import { openEncryptedPackage, unlockBiff, unlockCfb } from './unlock-cfb.ts'

const KINDS: readonly (readonly [stream: string, kind: string])[] = [
  ['encryptedpackage', 'encrypted-ooxml'],
  ['worddocument', 'doc'],
  ['workbook', 'xls'],
  ['book', 'xls'],
  ['powerpoint document', 'ppt'],
  ['__properties_version1.0', 'msg'],
  ['visiodocument', 'vsd'],
  ['quill', 'pub'],
  ['hwpsummaryinformation', 'hwp'],
  ['\u0005hwpsummaryinformation', 'hwp'],
]
/** Where documents and presentations keep their pictures (MS-DOC 2.4.6, MS-PPT 2.1.3). */
const PICTURE_STREAMS = new Set(['pictures', 'data'])
/** Streams that a reader here understands, whatever document they stand in. */
const UNDERSTOOD = new Set([
  'dir',
  '_vba_project',
  'equation native',
  '\u0001ole10native',
  '\u0001ole',
  'worddocument',
  'workbook',
  'book',
  'powerpoint document',
])
/** Smaller streams hold properties, not files. */
const SMALLEST_FILE = 32

/** Opens a compound file: VBA projects, document streams, embedded objects, and streams that hold whole files. */
export function openCfbPart(part: Part): void {
  const cfb = unlockCfb(part, openCfb(part.bytes, part.budget))
  const top = new Set(cfb.entries.filter(({ path }) => path.length === 1).map(({ name }) => name.toLowerCase()))
  const kind = KINDS.find(([stream]) => top.has(stream))?.[1] ?? 'ole'
  part.kind(kind)
  if (kind === 'hwp' || (kind === 'ole' && part.depth === 0 && !cfb.entries.some(({ name }) => UNDERSTOOD.has(name.toLowerCase()))))
    part.miss(part.path, 'unsupported', 'the streams of this document are of no known kind')
  const open = kind === 'hwp' ? openHwpStream : openStream
  for (const entry of cfb.entries) if (WATCHED_CLASSES.has(entry.clsid)) part.say({ kind: 'control-class', path: streamPath(part, entry), clsid: entry.clsid })
  const mail = kind === 'msg' ? openMsg(part, cfb) : undefined
  for (const entry of cfb.entries) if (entry.kind === 'stream' && !mail?.has(entry.path)) part.attempt(streamPath(part, entry), () => open(part, cfb, entry))
  sayClasses(part, cfb, (entry) => streamPath(part, entry))
  sayProjects(part, cfb)
  for (const damage of cfb.damage) part.miss(part.path, 'damaged', damage)
}

function streamPath(part: Part, { path }: Pick<CfbEntry, 'path'>): string {
  return innerPath(part.path, path.join('/'))
}

function openStream(part: Part, cfb: Cfb, entry: CfbEntry): void {
  const name = entry.name.toLowerCase()
  const path = streamPath(part, entry)
  if (name === 'equation native') return sayEquation(part, { path }, cfb.read(entry))
  if (name === '\u0001ole10native') return openNative(part, cfb, entry)
  if (name === '\u0001ole') return sayLinks(part, path, cfb, entry)
  if (name === 'worddocument') return sayWord(part, cfb, entry)
  if (name === 'workbook' || name === 'book') return sayExcel(part, path, cfb.read(entry))
  if (name === 'powerpoint document') return openPowerPoint(part, path, cfb.read(entry), cfb)
  if (name === 'encryptedpackage') return openEncryptedPackage(part, cfb, entry)
  if (entry.size < SMALLEST_FILE) return
  const bytes = cfb.read(entry)
  if (PICTURE_STREAMS.has(name)) openOfficePictures(part, path, bytes)
  sayControl(part, { path }, bytes, cfb.find(entry.path.slice(0, -1))?.clsid ?? '')
  // Word 2003 XML keeps each object's compound file packed, behind its size, in a stream named as the object.
  if (/^_\d{1,10}$/.test(name) && bytes[4] === 0x78)
    return part.child(entry.path.join('/'), inflateZlib(bytes.subarray(4), part.budget).bytes, 'ole-stream', cfb.offsetOf(entry))
  const [type] = identify(bytes)
  if (!NO_FILES.has(type)) part.child(entry.path.join('/'), bytes, 'ole-stream', cfb.offsetOf(entry))
}

/** A stream of a Hangul document: files and scripts are packed, without a header (HWP 5.0, 2.2 and 3.2.5). */
function openHwpStream(part: Part, cfb: Cfb, entry: CfbEntry): void {
  if (!HWP_FILES.has(entry.path[0]!.toLowerCase())) return openStream(part, cfb, entry)
  const bytes = cfb.read(entry)
  const [type] = identify(bytes)
  part.child(entry.path.join('/'), type === 'unknown' ? inflateRaw(bytes, part.budget).bytes : bytes, 'ole-stream', cfb.offsetOf(entry))
}

const HWP_FILES = new Set(['bindata', 'scripts'])

/** What streams hold by the thousand without being files of their own; text is left to the formats that know the stream. */
const NO_FILES: ReadonlySet<ContentType> = new Set([
  ...PICTURES.difference(READ_PICTURES),
  'unknown',
  'text',
  'csv',
  'slk',
  'iqy',
  'empty',
  'font',
  'media',
  'html',
  'eml',
  'mhtml',
  'script',
  'tar',
  'biff',
  'prc',
])

/** An Ole10Native stream: four bytes of size, then what the object's class keeps there. */
function openNative(part: Part, cfb: Cfb, entry: CfbEntry): void {
  const stream = cfb.read(entry)
  const path = streamPath(part, entry)
  // What the Equation Editor reads does not end where the size in front of it says.
  if (isEquation(cfb, entry)) return sayEquation(part, { path }, stream.subarray(4))
  const native = stream.subarray(4, 4 + Math.max(u32(stream, 0), 0))
  try {
    return sayPackage(part, { path }, native)
  } catch (error) {
    if (!(error instanceof Damaged)) throw error
  }
  sayNativePath(part, { path, clsid: cfb.find(entry.path.slice(0, -1))?.clsid ?? '' }, native)
  if (native.length > 0) part.child(entry.path.join('/'), native, 'ole-stream', cfb.offsetOf(entry))
}

/** Native data that are a label and a path, each with a zero byte behind it, as the packager's media classes keep them. */
function sayNativePath(part: Part, { path, clsid }: { path: string; clsid: string }, native: Buffer): void {
  const [label = '', file = ''] = native.toString('latin1', 0, 1024).split('\0', 2)
  if (label.length > 0 && label.length < 260 && file.length < 600 && /^([a-z]:|[\\/]{2})./i.test(file))
    part.say({ kind: 'native-path', path, clsid, label, file })
}

function isEquation(cfb: Cfb, { path }: CfbEntry): boolean {
  const home = path.slice(0, -1)
  const compObj = cfb.find([...home, '\u0001CompObj'])
  return EQUATION_CLASSES.has(cfb.find(home)?.clsid ?? '') || EQUATION_CLASSES.has((compObj?.kind === 'stream' && compObjClass(cfb.read(compObj))) || '')
}

function sayWord(part: Part, cfb: Cfb, entry: CfbEntry): void {
  const table = (name: string) => {
    const found = cfb.find([...entry.path.slice(0, -1), name])
    return found?.kind === 'stream' ? cfb.read(found) : undefined
  }
  const path = streamPath(part, entry)
  const stream = cfb.read(entry)
  const { encrypted, fields, smartTags, cut } = readWordBinary(stream, table, part.budget)
  if (encrypted) part.miss(path, 'encrypted', 'the document is encrypted')
  for (const { offset, instruction } of fields) part.say({ kind: 'field', path, offset, instruction })
  for (const { offset, pointer } of smartTags) if (pointer !== 0) part.say({ kind: 'smart-tag-pointer', path, offset, pointer })
  // Pictures of the drawing layer stand delayed in this stream (MS-ODRAW 2.2.32, foDelay).
  if (!encrypted) openOfficePictures(part, path, stream)
  if (cut) throw new LimitReached(cut)
}

function sayExcel(part: Part, path: string, stream: Buffer): void {
  const { encrypted, dde, featureHeaders, oldMacroSheet, macros, cut } = readExcelBinary(stream, part.budget)
  if (encrypted) part.miss(path, 'encrypted', 'the workbook is encrypted')
  for (const { offset, service, topic } of dde) part.say({ kind: 'dde-link', path, offset, service, topic })
  for (const { offset, feature, statedBytes } of featureHeaders) part.say({ kind: 'feature-header', path, offset, feature, statedBytes })
  if (oldMacroSheet !== undefined) part.say({ kind: 'macro-sheet', path, offset: oldMacroSheet, name: '', state: 'visible', autoNames: [] })
  if (macros) sayMacros(part, path, macros)
  if (!encrypted) openDrawingGroup(part, path, stream)
  if (cut) throw new LimitReached(cut)
}

/** Opens a workbook that stands in no compound file, as those of Excel 2 to 4 do. */
export function openBiffPart(part: Part): void {
  part.kind('xls')
  sayExcel(part, part.path, unlockBiff(part))
}

function openPowerPoint(part: Part, path: string, stream: Buffer, cfb: Cfb): void {
  const user = cfb.entries.find(({ name, kind }) => kind === 'stream' && name.toLowerCase() === 'current user')
  if (user && cfb.read(user).includes(Buffer.from('dfc4d1f3', 'hex'))) part.miss(path, 'encrypted', 'the presentation is encrypted')
  const { objects, damage, over } = readPowerPoint(stream, part.budget)
  const inner = path.slice(part.path.length).replace(/^!?\/?/, '')
  for (const [index, { offset, bytes }] of objects.entries()) part.child(`${inner}/storage-${index + 1}`, bytes, 'powerpoint-object', offset)
  for (const detail of damage) part.miss(path, 'damaged', detail)
  for (const detail of over) part.miss(path, 'limit', detail)
}

function sayProjects(part: Part, cfb: Cfb): void {
  for (const project of readVbaProjects(cfb, part.budget)) {
    const path = streamPath(part, project)
    const modules = project.modules.map(({ name, offset, source, pcode, ...module }) => ({
      name,
      offset,
      source,
      ...(pcode && { pcode }),
      path: streamPath(part, module),
    }))
    const forms = project.forms.map(({ texts, ...form }) => ({ texts, path: streamPath(part, form) }))
    if (modules.length > 0) part.say({ kind: 'vba-project', path, modules, forms, protection: project.protection })
    for (const detail of project.damage) part.miss(path, 'damaged', `VBA ${detail}`)
  }
}
