import { fc } from '@fast-check/vitest'
import { Damaged, LimitReached } from '#scanner/intake/limits.ts'

/** Reads every prefix of the bytes: a reader may give partial results or say what it meets, and throws nothing else. */
export function readsEveryPrefix(bytes: Buffer, read: (bytes: Buffer) => unknown): void {
  for (let length = 0; length <= bytes.length; length++) reads(Buffer.from(bytes.subarray(0, length)), read)
}

/** Reads the bytes with each bit changed, one at a time. */
export function readsEveryFlip(bytes: Buffer, read: (bytes: Buffer) => unknown): void {
  for (let at = 0; at < bytes.length * 8; at++) {
    const copy = Buffer.from(bytes)
    copy[at >> 3]! ^= 1 << (at & 7)
    reads(copy, read)
  }
}

/** Bytes with a handful of them replaced. */
export function damagedOf(bytes: Buffer): fc.Arbitrary<Buffer> {
  const change = fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff, 0x40))
  return fc.array(change, { minLength: 1, maxLength: 8 }).map((changes) => {
    const copy = Buffer.from(bytes)
    for (const [at, value] of changes) copy[at] = value
    return copy
  })
}

/** Throws what a reader may not throw. */
export function reads(bytes: Buffer, read: (bytes: Buffer) => unknown): void {
  try {
    read(bytes)
  } catch (error) {
    if (!(error instanceof Damaged) && !(error instanceof LimitReached)) throw error
  }
}
