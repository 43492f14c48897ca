import { hash } from 'node:crypto'
import { LimitReached, type Budget } from '#scanner/intake/limits.ts'

/** Budget steps of one round: a round costs about as much as five tokens of a parser. */
const ROUND_STEPS = 5
/** Of the steps of a scan, one derivation may take this part. */
const PART_OF_STEPS = 4

export function digest(algorithm: string, ...parts: readonly Buffer[]): Buffer {
  return hash(algorithm, parts.length === 1 ? parts[0]! : Buffer.concat(parts), 'buffer')
}

/** A number as four bytes, little endian. */
export function le32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value >>> 0)
  return bytes
}

/**
 * The iterated hash of MS-OFFCRYPTO 2.3.4.7 and 2.3.4.11: salt and password once, then a counter before the last hash, as
 * often as the file says. Throws LimitReached for a count that this scan may not spend.
 */
export function spin(algorithm: string, { salt, password, rounds }: { salt: Buffer; password: string; rounds: number }, budget: Budget): Buffer {
  if (rounds * ROUND_STEPS > budget.limits.steps / PART_OF_STEPS) throw new LimitReached('steps')
  budget.step(rounds * ROUND_STEPS)
  const first = digest(algorithm, salt, Buffer.from(password, 'utf16le'))
  const block = Buffer.concat([le32(0), first])
  for (let round = 0; round < rounds; round++) {
    block.writeUInt32LE(round, 0)
    // A hash as a string of bytes costs a third of one as a buffer.
    block.write(hash(algorithm, block, 'binary'), 4, 'latin1')
  }
  return block.subarray(4)
}
