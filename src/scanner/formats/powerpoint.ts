import { Damaged, LimitReached, type Budget } from '#scanner/intake/limits.ts'
import { u16, u32 } from './bytes.ts'
import { inflateZlib } from './inflate.ts'

/** A compound file kept inside a "PowerPoint Document" stream: an embedded object, a control, or the VBA project. */
export interface PowerPointObject {
  readonly offset: number
  readonly bytes: Buffer
}

const OLE_STORAGE = 0x1011

/** The persisted storages of a presentation (MS-PPT 2.10.34), unpacked where they are packed. Throws LimitReached. */
export function readPowerPoint(
  stream: Buffer,
  budget: Budget,
): {
  readonly objects: readonly PowerPointObject[]
  readonly damage: readonly string[]
  /** Objects that would take more than one may. */
  readonly over: readonly string[]
} {
  const objects: PowerPointObject[] = []
  const damage: string[] = []
  const over: string[] = []
  for (let at = 0; at + 8 <= stream.length;) {
    budget.step()
    const size = u32(stream, at + 4)
    const body = stream.subarray(at + 8, at + 8 + size)
    if (u16(stream, at + 2) === OLE_STORAGE) {
      try {
        objects.push({ offset: at, bytes: u16(stream, at) >> 4 === 1 ? inflateZlib(body.subarray(4), budget).bytes : body })
      } catch (error) {
        if (error instanceof LimitReached && !budget.isSpent(error.limit)) over.push(`object at ${at}: ${error.message}`)
        else if (error instanceof Damaged) damage.push(`object at ${at}: ${error.message}`)
        else throw error
      }
    }
    at += 8 + size
  }
  return { objects, damage, over }
}
