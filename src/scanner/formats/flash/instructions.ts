import { Damaged, type Budget } from '#scanner/intake/limits.ts'
import { AbcReader } from './reader.ts'

/** An instruction with its numbers (AVM2 Overview, chapter 5); `offset` counts in the code of its method. */
export interface Instruction {
  readonly code: number
  readonly offset: number
  readonly a: number
  readonly b: number
}

export const OP = {
  kill: 0x08,
  pushNull: 0x20,
  callProperty: 0x46,
  callPropertyLex: 0x4c,
  callPropertyVoid: 0x4f,
  constructProperty: 0x4a,
  findPropertyStrict: 0x5d,
  findProperty: 0x5e,
  getLex: 0x60,
  setProperty: 0x61,
  getLocal: 0x62,
  setLocal: 0x63,
  getProperty: 0x66,
  initProperty: 0x68,
  getSlot: 0x6c,
  setSlot: 0x6d,
  coerce: 0x80,
  coerceAny: 0x82,
  asType: 0x86,
  getLocal0: 0xd0,
  getLocal3: 0xd3,
  setLocal0: 0xd4,
  setLocal3: 0xd7,
} as const

const ONE = [
  0x04, 0x05, 0x06, 0x08, 0x25, 0x2c, 0x2d, 0x2e, 0x2f, 0x31, 0x40, 0x41, 0x42, 0x49, 0x53, 0x55, 0x56, 0x58, 0x59, 0x5a, 0x5d, 0x5e, 0x5f, 0x60, 0x61, 0x62,
  0x63, 0x66, 0x68, 0x6a, 0x6c, 0x6d, 0x6e, 0x6f, 0x80, 0x86, 0x92, 0x94, 0xb2, 0xc2, 0xc3, 0xf0, 0xf1, 0xf2,
]
const TWO = [0x32, 0x43, 0x44, 0x45, 0x46, 0x4a, 0x4c, 0x4e, 0x4f]
const BYTE = [0x24, 0x65]
const JUMP = [0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a]

type Form = 'one' | 'two' | 'byte' | 'jump' | 'switch' | 'debug'
const FORMS = new Map<number, Form>([
  ...ONE.map((code) => [code, 'one'] as const),
  ...TWO.map((code) => [code, 'two'] as const),
  ...BYTE.map((code) => [code, 'byte'] as const),
  ...JUMP.map((code) => [code, 'jump'] as const),
  [0x1b, 'switch'],
  [0xef, 'debug'],
])

/** The instructions of a method one after the other, as they stand; ends where they are cut off. Throws LimitReached. */
export function readInstructions(code: Buffer, budget: Budget): Instruction[] {
  const reader = new AbcReader(code)
  const found: Instruction[] = []
  try {
    while (reader.at < code.length) {
      budget.step()
      const offset = reader.at
      const op = reader.u8()
      found.push({ code: op, offset, ...operands(reader, FORMS.get(op)) })
    }
  } catch (error) {
    if (!(error instanceof Damaged)) throw error
  }
  return found
}

function operands(reader: AbcReader, form: Form | undefined): { a: number; b: number } {
  switch (form) {
    case 'one':
      return { a: reader.u32(), b: 0 }
    case 'two':
      return { a: reader.u32(), b: reader.u32() }
    case 'byte':
      return { a: reader.u8(), b: 0 }
    case 'jump':
      reader.skip(3)
      break
    case 'switch':
      reader.skip(3)
      reader.skip((reader.u32() + 1) * 3)
      break
    case 'debug':
      reader.u8()
      reader.u32()
      reader.u8()
      reader.u32()
      break
    default:
  }
  return { a: 0, b: 0 }
}
