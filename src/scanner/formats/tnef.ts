import { Damaged, type Budget, upToLimit, type LimitName } from '#scanner/intake/limits.ts'
import { guid, u16, u32, u8, utf16 } from './bytes.ts'
import { fixedBytes, ID, TYPE, type MapiAttachment, type MapiMessage, type MapiProperty, type PropertyName } from './mapi.ts'

const SIGNATURE = 0x223e9f78
const ATTRIBUTE = { body: 0x2800c, attachTitle: 0x18010, attachData: 0x6800f, attachStart: 0x69002, messageProps: 0x69003, attachProps: 0x69005 } as const
/** A TNEF stream inside an attachment of a TNEF stream. */
const DEEPEST = 12
/** Values of one attribute; a message has some dozens. */
const MOST_PROPERTIES = 20_000

export interface Tnef extends MapiMessage {
  /** What was not read, and why. */
  readonly damage: readonly string[]
  /** The limit that ended the reading. */
  readonly cut?: LimitName
}

interface Attached extends MapiAttachment {
  readonly properties: MapiProperty[]
  message?: MapiMessage
}

/** Reads a TNEF stream (MS-OXTNEF), the `winmail.dat` of Outlook, as far as it goes. `base` is its offset in the file. Throws Damaged for another format, LimitReached. */
export function readTnef(bytes: Buffer, budget: Budget, base = 0, depth = 0): Tnef {
  if (u32(bytes, 0) !== SIGNATURE) throw new Damaged('no TNEF')
  const properties: MapiProperty[] = []
  const attachments: Attached[] = []
  const damage: string[] = []
  const last = () => {
    if (attachments.length === 0) attachments.push({ label: 'attachment-1', properties: [] })
    return attachments.at(-1)!
  }
  const cut = upToLimit(() => {
    for (let at = 6; at + 9 <= bytes.length;) {
      budget.step()
      const level = u8(bytes, at)
      const id = u32(bytes, at + 1)
      const length = u32(bytes, at + 5)
      const from = at + 9
      if (level !== 1 && level !== 2) {
        damage.push(`an attribute of level ${level}`)
        break
      }
      const data = bytes.subarray(from, from + length)
      if (data.length < length) damage.push('an attribute is cut off')
      const plain = (as: number, type: number): MapiProperty => ({ id: as, type, offset: base + from, read: () => data })
      if (id === ATTRIBUTE.attachStart) attachments.push({ label: `attachment-${attachments.length + 1}`, properties: [] })
      else if (id === ATTRIBUTE.attachTitle) last().properties.push(plain(ID.attachFile, TYPE.string8))
      else if (id === ATTRIBUTE.attachData) last().properties.push(plain(ID.attachData, TYPE.binary))
      else if (id === ATTRIBUTE.body) properties.push(plain(ID.body, TYPE.string8))
      else if (id === ATTRIBUTE.messageProps) {
        for (const one of readProperties(data, base + from, budget, damage)) properties.push(one)
      } else if (id === ATTRIBUTE.attachProps) {
        const read = readProperties(data, base + from, budget, damage)
        for (const one of read) last().properties.push(one)
        const message = embedded(read, budget, depth, damage)
        if (message) last().message = message
      }
      at = from + length + 2
    }
  })
  return { properties, recipients: [], attachments, damage, ...(cut && { cut }) }
}

/** A message kept as an object: the id of its interface, then TNEF again. */
function embedded(properties: readonly MapiProperty[], budget: Budget, depth: number, damage: string[]): MapiMessage | undefined {
  const object = properties.find(({ id, type }) => id === ID.attachData && type === TYPE.object)
  const bytes = object?.read() ?? Buffer.alloc(0)
  if (bytes.length < 22 || bytes.readUInt32LE(16) !== SIGNATURE) return undefined
  if (depth >= DEEPEST) {
    damage.push(`more than ${DEEPEST} messages inside each other`)
    return undefined
  }
  const inner = readTnef(bytes.subarray(16), budget, (object!.offset ?? 0) + 16, depth + 1)
  damage.push(...inner.damage.slice(0, 20))
  return inner
}

/** The encoded properties of an attribute (MS-OXTNEF 2.1.3.4); those before the damage stay. */
function readProperties(bytes: Buffer, base: number, budget: Budget, damage: string[]): MapiProperty[] {
  const properties: MapiProperty[] = []
  try {
    const count = u32(bytes, 0)
    let at = 4
    for (let i = 0; i < count; i++) {
      if (properties.length >= MOST_PROPERTIES) throw new Damaged(`more than ${MOST_PROPERTIES} values`)
      at = readProperty(bytes, at, base, properties, budget)
    }
  } catch (error) {
    if (!(error instanceof Damaged)) throw error
    damage.push(`properties: ${error.message}`)
  }
  return properties
}

function readProperty(bytes: Buffer, start: number, base: number, into: MapiProperty[], budget: Budget): number {
  budget.step()
  const type = u16(bytes, start) & 0xefff
  const many = (u16(bytes, start) & 0x1000) !== 0
  const id = u16(bytes, start + 2)
  let at = start + 4
  let name: PropertyName | undefined
  if (id >= 0x8000) ({ name, at } = readName(bytes, at))
  const size = fixedBytes(type)
  const counted = many || size === undefined
  const count = counted ? u32(bytes, at) : 1
  if (counted) at += 4
  for (let i = 0; i < count; i++) {
    budget.step()
    if (into.length >= MOST_PROPERTIES) throw new Damaged(`more than ${MOST_PROPERTIES} values`)
    const length = size ?? u32(bytes, at)
    if (size === undefined) at += 4
    if (at + length > bytes.length) throw new Damaged('a value is cut off')
    const value = bytes.subarray(at, at + length)
    into.push({ id, type, ...(name && { name }), offset: base + at, read: () => value })
    at += (length + 3) & ~3
  }
  return at
}

function readName(bytes: Buffer, at: number): { name: PropertyName; at: number } {
  const set = guid(bytes, at)
  if (u32(bytes, at + 16) === 0) return { name: { set, id: u32(bytes, at + 20) }, at: at + 24 }
  const length = u32(bytes, at + 20)
  if (at + 24 + length > bytes.length) throw new Damaged('a name is cut off')
  return { name: { set, id: utf16(bytes, at + 24, at + 24 + Math.min(length, 1024)).replace(/\0$/, '') }, at: at + 24 + ((length + 3) & ~3) }
}
