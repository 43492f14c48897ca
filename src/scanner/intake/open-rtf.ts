import { isCfb } from '#scanner/formats/cfb.ts'
import { readOle1, type Ole1Object } from '#scanner/formats/ole1.ts'
import { readRtf, type RtfObject } from '#scanner/formats/rtf.ts'
import { Damaged } from './limits.ts'
import { sayEquation, sayPackage } from './open-ole-object.ts'
import { innerPath, type Part } from './part.ts'

const SIGNATURE = Buffer.from('d0cf11e0a1b11ae1', 'hex')

/** Reports fields and templates of an RTF and opens its embedded objects. */
export function openRtfPart(part: Part): void {
  part.kind('rtf')
  const rtf = readRtf(part.bytes, part.budget)
  for (const { offset, text } of rtf.fields) part.say({ kind: 'field', path: part.path, offset, instruction: text.trim() })
  for (const { offset, text } of rtf.templates) part.say({ kind: 'template', path: part.path, offset, target: text.trim() })
  for (const [index, object] of rtf.objects.entries()) openObject(part, `object-${index + 1}`, object)
}

function openObject(part: Part, name: string, object: RtfObject): void {
  const path = innerPath(part.path, name)
  for (const reading of object.readings) part.attempt(path, () => openReading(part, { path, name, object }, reading))
  if (object.readings.every(({ length }) => length < 16)) part.miss(path, 'damaged', 'the object holds no readable data')
}

function openReading(part: Part, { path, name, object }: Omit<EmbeddedOle1, 'ole1' | 'whole'>, reading: Buffer): void {
  const data = shifted(reading)
  const ole1 = tolerate(() => readOle1(data))
  if (ole1) openOle1(part, { path, name, object, ole1, whole: data })
  else openBare(part, name, object, data)
}

/** Some writers lose half a byte at the start: when only the shifted bytes hold a compound file, those are read. */
function shifted(reading: Buffer): Buffer {
  if (reading.includes(SIGNATURE)) return reading
  const moved = Buffer.from(`0${reading.toString('hex')}`.slice(0, reading.length * 2), 'hex')
  return moved.includes(SIGNATURE) ? moved : reading
}

interface EmbeddedOle1 {
  readonly path: string
  readonly name: string
  readonly object: RtfObject
  readonly ole1: Ole1Object
  readonly whole: Buffer
}

function openOle1(part: Part, { path, name, object, ole1, whole }: EmbeddedOle1): void {
  const className = ole1.className.toLowerCase()
  if (ole1.linked)
    return part.say({
      kind: 'ole-link',
      path,
      offset: object.offset,
      moniker: 'ole1',
      clsid: '',
      target: `${ole1.className} ${ole1.topic} ${ole1.item}`.trim(),
    })
  if (isCfb(ole1.data) || whole.includes(SIGNATURE)) return openBare(part, name, object, whole)
  if (className === 'package') return sayPackage(part, { path, offset: object.offset }, ole1.data)
  if (className.startsWith('equation.')) return sayEquation(part, { path }, ole1.data)
  if (ole1.data.length > 0) part.child(name, ole1.data, 'rtf-object', object.offset)
}

/** A compound file wherever it starts in the data, without or with a broken header in front of it. */
function openBare(part: Part, name: string, object: RtfObject, data: Buffer): void {
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
