import type { Budget } from '#scanner/intake/limits.ts'

/** The SING table of a glyphlet font (Adobe Technical Note 5148): its name is to end with a zero byte inside its field. */
export interface SingTable {
  /** Of the uniqueName field in the font. */
  readonly nameOffset: number
  /** Bytes before the first zero byte, counted to the end of the table or of the font. */
  readonly nameLength: number
  /** Whether a zero byte follows at all. */
  readonly closed: boolean
}

/** Bytes of the uniqueName field. */
export const SING_NAME_BYTES = 28
const NAME_AT = 16
const TAGS = new Set([0x00010000, 0x4f54544f, 0x74727565, 0x74797031])

/** Whether bytes begin as a TrueType or OpenType font. */
export function isSfnt(bytes: Buffer): boolean {
  return bytes.length >= 12 && TAGS.has(bytes.readUInt32BE(0))
}

/** The SING table of a TrueType or OpenType font; undefined where it has none or is cut off before the name. */
export function readSing(bytes: Buffer, budget: Budget): SingTable | undefined {
  const table = findTable(bytes, 'SING', budget)
  if (table === undefined || table + NAME_AT + SING_NAME_BYTES > bytes.length) return undefined
  const nameOffset = table + NAME_AT
  const zero = bytes.indexOf(0, nameOffset)
  return { nameOffset, nameLength: (zero === -1 ? bytes.length : zero) - nameOffset, closed: zero !== -1 }
}

/** The header of a kern table of the version 1.0, which counts its subtables in 32 bits (TrueType Reference Manual, kern). */
export interface KernTable {
  /** Of the count in the font. */
  readonly offset: number
  readonly tables: number
}

const KERN_VERSION = 0x00010000

/** The kern table of a font, where it is of the version 1.0. */
export function readKern(bytes: Buffer, budget: Budget): KernTable | undefined {
  const table = findTable(bytes, 'kern', budget)
  if (table === undefined || table + 8 > bytes.length || bytes.readUInt32BE(table) !== KERN_VERSION) return undefined
  return { offset: table + 4, tables: bytes.readUInt32BE(table + 4) }
}

/** Where the first table of a name begins. */
function findTable(bytes: Buffer, name: string, budget: Budget): number | undefined {
  if (!isSfnt(bytes)) return undefined
  const count = bytes.readUInt16BE(4)
  for (let i = 0; i < count && 12 + (i + 1) * 16 <= bytes.length; i++) {
    budget.step()
    const entry = 12 + i * 16
    if (bytes.toString('latin1', entry, entry + 4) === name) return bytes.readUInt32BE(entry + 8)
  }
  return undefined
}
