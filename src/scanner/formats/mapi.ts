import { u16, utf16 } from './bytes.ts'

/** A property of a message, attachment or recipient (MS-OXCDATA 2.9), wherever it is kept. */
export interface MapiProperty {
  readonly id: number
  readonly type: number
  /** Its real name when the id is one of the mapped ones, from 0x8000 on: the set and the number or text within it. */
  readonly name?: PropertyName
  /** The stream that holds the value, as names from the root of the compound file; none where it lies in the object itself. */
  readonly stream?: readonly string[]
  readonly offset?: number
  /** The value's bytes, unpadded. Throws Damaged, LimitReached. */
  read(): Buffer
}

export interface PropertyName {
  readonly set: string
  readonly id: number | string
}

/** A message with what hangs on it. */
export interface MapiMessage {
  readonly properties: readonly MapiProperty[]
  readonly recipients: readonly (readonly MapiProperty[])[]
  readonly attachments: readonly MapiAttachment[]
}

export interface MapiAttachment {
  /** Where it is kept, for a path: the name of its storage, or its number. */
  readonly label: string
  readonly properties: readonly MapiProperty[]
  /** A message attached as a message. */
  readonly message?: MapiMessage
}

export const PSETID_COMMON = '{00062008-0000-0000-C000-000000000046}'

/** Property types (MS-OXCDATA 2.11.1). */
export const TYPE = { integer16: 0x02, integer32: 0x03, boolean: 0x0b, object: 0x0d, string8: 0x1e, string: 0x1f, binary: 0x102 } as const

/** Property ids (MS-OXPROPS) that are read. */
export const ID = {
  body: 0x1000,
  rtfCompressed: 0x1009,
  bodyHtml: 0x1013,
  displayName: 0x3001,
  attachData: 0x3701,
  attachFile: 0x3704,
  attachLongFile: 0x3707,
} as const

/** Bytes that a value of fixed size takes; undefined for a type of variable size. */
export function fixedBytes(type: number): number | undefined {
  if ([0x02, 0x0b].includes(type)) return 2
  if ([0x01, 0x03, 0x04, 0x0a].includes(type)) return 4
  if ([0x05, 0x06, 0x07, 0x14, 0x40].includes(type)) return 8
  return type === 0x48 ? 16 : undefined
}

/** The text of a string property, without its closing zero; undefined for another type. */
export function textOf(property: MapiProperty | undefined): string | undefined {
  if (property?.type !== TYPE.string && property?.type !== TYPE.string8) return undefined
  const text = property.type === TYPE.string ? utf16(property.read()) : property.read().toString('latin1')
  const end = text.indexOf('\0')
  return end === -1 ? text : text.slice(0, end)
}

/** The value of a boolean property; undefined for another type. */
export function flagOf(property: MapiProperty | undefined): boolean | undefined {
  return property?.type === TYPE.boolean ? u16(property.read(), 0) !== 0 : undefined
}

/** The first property of this id that has a value of variable size, or any. */
export function byId(properties: readonly MapiProperty[], id: number): MapiProperty | undefined {
  return properties.find((one) => one.id === id && one.name === undefined)
}

export function byName(properties: readonly MapiProperty[], set: string, id: number): MapiProperty | undefined {
  return properties.find(({ name }) => name?.id === id && name.set === set)
}
