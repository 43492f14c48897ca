import { isCfb, openCfb } from '#scanner/formats/cfb.ts'
import { EQUATION_CLASSES } from '#scanner/formats/equation.ts'
import { readOle1, type Ole1Object } from '#scanner/formats/ole1.ts'
import { readRtf, type Rtf, type RtfObject } from '#scanner/formats/rtf.ts'
import { identify } from './identify.ts'
import { Damaged, LimitReached } from './limits.ts'
import { sayClassName } from './open-ole-link.ts'
import { sayEquation, sayPackage } from './open-ole-object.ts'
import { innerPath, type Part } from './part.ts'

const SIGNATURE = Buffer.from('d0cf11e0a1b11ae1', 'hex')
/** How far into an object a compound file is looked for that lies half a byte off. */
const SHIFT_BYTES = 64 * 1024

/** Reports what an RTF says, and opens its objects and what stands behind its end. */
export function openRtfPart(part: Part): void {
  part.kind('rtf')
  const rtf = readRtf(part.bytes, part.budget)
  sayText(part, rtf)
  for (const [index, object] of withSharedFlags(rtf.objects).entries()) openObject(part, `object-${index + 1}`, object)
  openPictures(part, rtf)
  if (rtf.overlay) openOverlay(part, rtf.overlay)
  if (rtf.limit) throw new LimitReached(rtf.limit)
}

function sayText(part: Part, { fields, templates, numbers, properties }: Rtf): void {
  const { path } = part
  for (const { offset, text } of fields) part.say({ kind: 'field', path, offset, instruction: text.trim() })
  for (const { offset, text } of templates) part.say({ kind: 'template', path, offset, target: text.trim() })
  for (const { offset, word, value } of numbers) part.say({ kind: 'rtf-number', path, offset, word, value })
  for (const { offset, name, text, length } of properties) part.say({ kind: 'rtf-property', path, offset, name, text, length })
}

/** Pictures by their bytes; what no rule recognises is a metafile without a header, as most of Word's are. */
function openPictures(part: Part, { pictures, morePictures }: Rtf): void {
  for (const [index, { offset, bytes }] of pictures.entries()) {
    part.attempt(innerPath(part.path, `picture-${index + 1}`), () => {
      part.budget.takeBytes(bytes.length)
      const [type] = identify(bytes)
      if (type !== 'unknown' && type !== 'empty' && type !== 'text') part.child(`picture-${index + 1}`, bytes, 'rtf-picture', offset)
    })
  }
  if (morePictures) part.miss(part.path, 'limit', `more than ${pictures.length} pictures`)
}

function openOverlay(part: Part, { offset, length }: { readonly offset: number; readonly length: number }): void {
  const bytes = part.bytes.subarray(offset, offset + length)
  const [type] = identify(bytes)
  part.say({ kind: 'rtf-overlay', path: part.path, offset, length, type })
  if (type !== 'text' && type !== 'unknown') part.child('overlay', bytes, 'rtf-overlay', offset)
}

/** The same bytes are opened once: what any of their groups says counts for all of them. */
function withSharedFlags(objects: readonly RtfObject[]): RtfObject[] {
  const groups = Map.groupBy(
    objects,
    ({ readings: [bytes] }) => `${bytes!.length} ${bytes!.toString('latin1', 0, 64)} ${bytes!.toString('latin1', bytes!.length - 64)}`,
  )
  const flags = new Map(
    [...groups.values()].flatMap((same) => {
      const shared = { update: same.some(({ update }) => update), autoLink: same.some(({ autoLink }) => autoLink) }
      return same.map((object) => [object, shared] as const)
    }),
  )
  return objects.map((object) => ({ ...object, ...flags.get(object) }))
}

interface Opened {
  readonly path: string
  readonly name: string
  readonly object: RtfObject
}

interface EmbeddedOle1 extends Opened {
  readonly ole1: Ole1Object
  readonly whole: Buffer
}

function openObject(part: Part, name: string, object: RtfObject): void {
  const path = innerPath(part.path, name)
  for (const reading of object.readings)
    part.attempt(path, () => {
      part.budget.takeBytes(reading.length)
      openReading(part, { path, name, object }, reading)
    })
  if (object.readings.every(({ length }) => length < 16)) part.miss(path, 'damaged', 'the object holds no readable data')
}

function openReading(part: Part, opened: Opened, reading: Buffer): void {
  const data = shifted(reading)
  const ole1 = tolerate(() => readOle1(data))
  const { path, object } = opened
  const { offset, objectClass, update, autoLink } = object
  part.say({ kind: 'rtf-object', path, offset, objectClass, dataClass: ole1?.className ?? '', update, autoLink })
  sayClassName(part, path, offset, ole1?.className || objectClass)
  if (ole1) openOle1(part, { ...opened, ole1, whole: data })
  else openBare(part, opened, data)
}

/** Some writers lose half a byte at the start: when only the shifted bytes hold a compound file, those are read. */
function shifted(reading: Buffer): Buffer {
  if (reading.includes(SIGNATURE) || !shift(reading.subarray(0, SHIFT_BYTES)).includes(SIGNATURE)) return reading
  return shift(reading)
}

function shift(bytes: Buffer): Buffer {
  const moved = Buffer.allocUnsafe(bytes.length)
  for (let i = 0; i < bytes.length; i++) moved[i] = ((i === 0 ? 0 : bytes[i - 1]! << 4) | (bytes[i]! >> 4)) & 0xff
  return moved
}

function openOle1(part: Part, embedded: EmbeddedOle1): void {
  const { path, name, object, ole1, whole } = embedded
  const { offset } = object
  const className = ole1.className.toLowerCase()
  if (ole1.linked) {
    const target = [ole1.topic, ole1.item].filter((text) => text !== '').join('!')
    return part.say({ kind: 'ole-link', path, offset, moniker: 'ole1', clsid: '', target, className: ole1.className, automatic: object.update })
  }
  const equation = className.startsWith('equation.')
  if (isCfb(ole1.data) || whole.includes(SIGNATURE)) {
    openBare(part, embedded, whole)
    return equation ? openNamedEquation(part, path, whole.subarray(whole.indexOf(SIGNATURE))) : undefined
  }
  if (className === 'package') return sayPackage(part, { path, offset }, ole1.data)
  if (equation) return sayEquation(part, { path }, whole.subarray(ole1.dataOffset))
  if (ole1.data.length > 0) part.child(name, ole1.data, 'rtf-object', offset)
}

/** An equation by the name of its class alone: its compound file states no class, and keeps the equation as native data. */
function openNamedEquation(part: Part, path: string, bytes: Buffer): void {
  const cfb = tolerate(() => openCfb(bytes, part.budget))
  if (!cfb || cfb.entries.some(({ kind, clsid }) => kind !== 'stream' && EQUATION_CLASSES.has(clsid))) return
  for (const entry of cfb.entries) {
    if (entry.kind !== 'stream' || entry.name.toLowerCase() !== '\u0001ole10native') continue
    const at = innerPath(path, entry.path.join('/'))
    part.attempt(at, () => sayEquation(part, { path: at }, cfb.read(entry).subarray(4)))
  }
}

/** A compound file wherever it starts in the data, without or with a broken header in front of it. */
function openBare(part: Part, { name, object }: Opened, data: Buffer): void {
  const start = data.indexOf(SIGNATURE)
  if (start !== -1) return part.child(name, data.subarray(start), 'rtf-object', object.offset)
  if (data.length >= 16) part.child(name, data, 'rtf-object', object.offset)
}

function tolerate<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof Damaged) return undefined
    throw error
  }
}
