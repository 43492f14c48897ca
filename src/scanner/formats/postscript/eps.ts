import type { Budget } from '#scanner/intake/limits.ts'
import { Machine, type PostScriptEvent } from './machine.ts'

export interface Eps {
  /** Offsets count from the start of the file. */
  readonly events: readonly PostScriptEvent[]
  /** Why the program was not run to its end. */
  readonly stopped?: string
}

/** Runs the program of an EPS file, behind the binary header with a preview where there is one (EPSF 3.0, section 5.2). Throws LimitReached. */
export function readEps(bytes: Buffer, budget: Budget): Eps {
  const start = bytes.length >= 30 && bytes.readUInt32BE(0) === 0xc5d0d3c6 ? bytes.readUInt32LE(4) : 0
  const machine = new Machine(bytes.subarray(start), budget)
  const stopped = machine.run()
  return { events: machine.events.map((event) => ({ ...event, offset: event.offset + start })), ...(stopped !== undefined && { stopped }) }
}
