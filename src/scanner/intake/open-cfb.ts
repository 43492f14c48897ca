import { u32 } from '#scanner/formats/bytes.ts'
import { openCfb, type Cfb, type CfbEntry } from '#scanner/formats/cfb.ts'
import { inflateZlib } from '#scanner/formats/inflate.ts'
import { readExcelBinary } from '#scanner/formats/excel-binary.ts'
import { compObjClass, readMonikers } from '#scanner/formats/ole1.ts'
import { readPowerPoint } from '#scanner/formats/powerpoint.ts'
import { readVbaProjects } from '#scanner/formats/vba.ts'
import { readWordBinary } from '#scanner/formats/word-fields.ts'
import { identify, PICTURES, type ContentType } from './identify.ts'
import { Damaged } from './limits.ts'
import { openMsg } from './open-mapi.ts'
import { sayEquation, sayPackage } from './open-ole-object.ts'
import { innerPath, type Part } from './part.ts'

const EQUATION_CLASSES = new Set([
  '{0002CE02-0000-0000-C000-000000000046}',
  '{0002CE03-0000-0000-C000-000000000046}',
  '{00021700-0000-0000-C000-000000000046}',
  '{0004A6B0-0000-0000-C000-000000000046}',
])
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
  const cfb = openCfb(part.bytes, part.budget)
  const top = new Set(cfb.entries.filter(({ path }) => path.length === 1).map(({ name }) => name.toLowerCase()))
  const kind = KINDS.find(([stream]) => top.has(stream))?.[1] ?? 'ole'
  part.kind(kind)
  if (kind === 'hwp' || (kind === 'ole' && part.depth === 0 && !cfb.entries.some(({ name }) => UNDERSTOOD.has(name.toLowerCase()))))
    part.miss(part.path, 'unsupported', 'the streams of this document are of no known kind')
  const mail = kind === 'msg' ? openMsg(part, cfb) : undefined
  for (const entry of cfb.entries)
    if (entry.kind === 'stream' && !mail?.has(entry.path)) part.attempt(streamPath(part, entry), () => openStream(part, cfb, entry))
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
  if (name === '\u0001ole') return sayMonikers(part, path, cfb.read(entry))
  if (name === 'worddocument') return sayWord(part, cfb, entry)
  if (name === 'workbook' || name === 'book') return sayExcel(part, path, cfb.read(entry))
  if (name === 'powerpoint document') return openPowerPoint(part, path, cfb.read(entry), cfb)
  if (name === 'encryptedpackage') return part.miss(path, 'encrypted', 'the document is encrypted')
  if (entry.size < SMALLEST_FILE) return
  const bytes = cfb.read(entry)
  // Word 2003 XML keeps each object's compound file packed, behind its size, in a stream named as the object.
  if (/^_\d{1,10}$/.test(name) && bytes[4] === 0x78)
    return part.child(entry.path.join('/'), inflateZlib(bytes.subarray(4), part.budget).bytes, 'ole-stream', cfb.offsetOf(entry))
  const [type] = identify(bytes)
  if (!NO_FILES.has(type)) part.child(entry.path.join('/'), bytes, 'ole-stream', cfb.offsetOf(entry))
}

/** What streams hold by the thousand without being files of their own; text is left to the formats that know the stream. */
const NO_FILES: ReadonlySet<ContentType> = new Set([
  ...PICTURES,
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
  const native = stream.subarray(4, 4 + Math.max(u32(stream, 0), 0))
  if (isEquation(cfb, entry)) return sayEquation(part, { path }, native)
  try {
    return sayPackage(part, { path }, native)
  } catch (error) {
    if (!(error instanceof Damaged)) throw error
  }
  if (native.length > 0) part.child(entry.path.join('/'), native, 'ole-stream', cfb.offsetOf(entry))
}

function isEquation(cfb: Cfb, { path }: CfbEntry): boolean {
  const home = path.slice(0, -1)
  const compObj = cfb.find([...home, '\u0001CompObj'])
  return EQUATION_CLASSES.has(cfb.find(home)?.clsid ?? '') || EQUATION_CLASSES.has((compObj?.kind === 'stream' && compObjClass(cfb.read(compObj))) || '')
}

function sayMonikers(part: Part, path: string, stream: Buffer): void {
  for (const { offset, kind, clsid, target } of readMonikers(stream)) part.say({ kind: 'ole-link', path, offset, moniker: kind, clsid, target })
}

function sayWord(part: Part, cfb: Cfb, entry: CfbEntry): void {
  const table = (name: string) => {
    const found = cfb.find([...entry.path.slice(0, -1), name])
    return found?.kind === 'stream' ? cfb.read(found) : undefined
  }
  const path = streamPath(part, entry)
  const { encrypted, fields } = readWordBinary(cfb.read(entry), table, part.budget)
  if (encrypted) part.miss(path, 'encrypted', 'the document is encrypted')
  for (const { offset, instruction } of fields) part.say({ kind: 'field', path, offset, instruction })
}

function sayExcel(part: Part, path: string, stream: Buffer): void {
  const { encrypted, dde, macroSheets, autoNames } = readExcelBinary(stream, part.budget)
  if (encrypted) part.miss(path, 'encrypted', 'the workbook is encrypted')
  for (const { offset, service, topic } of dde) part.say({ kind: 'dde-link', path, offset, service, topic })
  for (const { offset, name, hidden } of macroSheets) part.say({ kind: 'macro-sheet', path, offset, name, hidden, autoNames: autoNames.map((one) => one.name) })
}

function openPowerPoint(part: Part, path: string, stream: Buffer, cfb: Cfb): void {
  const user = cfb.entries.find(({ name, kind }) => kind === 'stream' && name.toLowerCase() === 'current user')
  if (user && cfb.read(user).includes(Buffer.from('dfc4d1f3', 'hex'))) part.miss(path, 'encrypted', 'the presentation is encrypted')
  const { objects, damage } = readPowerPoint(stream, part.budget)
  const inner = path.slice(part.path.length).replace(/^!?\/?/, '')
  for (const [index, { offset, bytes }] of objects.entries()) part.child(`${inner}/storage-${index + 1}`, bytes, 'powerpoint-object', offset)
  for (const detail of damage) part.miss(path, 'damaged', detail)
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
