import type { Budget } from '#scanner/intake/limits.ts'
import { u32 } from './bytes.ts'

/** The main header of a PRC file (ISO 14739-1, 5.4). */
export interface Prc {
  readonly structures: number
  /** The first section that the header places outside the file. */
  readonly outside?: { readonly offset: number; readonly place: number }
}

const COUNT_AT = 43

export function isPrc(bytes: Buffer): boolean {
  return bytes.length >= COUNT_AT + 4 && bytes.toString('latin1', 0, 3) === 'PRC'
}

/** Reads the places of the sections. What is cut off counts as placed outside. Throws Damaged where the header is cut off, LimitReached. */
export function readPrc(bytes: Buffer, budget: Budget): Prc {
  const structures = u32(bytes, COUNT_AT)
  let at = COUNT_AT + 4
  for (let i = 0; i < structures; i++) {
    if (at + 24 > bytes.length) return { structures, outside: { offset: at, place: at + 24 } }
    const sections = bytes.readUInt32LE(at + 20)
    at += 24
    for (let j = 0; j < sections; j++, at += 4) {
      budget.step()
      const place = at + 4 > bytes.length ? at + 4 : bytes.readUInt32LE(at)
      if (place > bytes.length) return { structures, outside: { offset: at, place } }
    }
  }
  return { structures }
}
