/** Damaged copies of a seed. */

/** Cut off at every byte; at `most` places, evenly, where it is longer. */
export function* truncations(seed: Buffer, most: number): Generator<Buffer> {
  const stride = Math.max(1, seed.length / most)
  for (let length = 0; length < seed.length; length += stride) yield seed.subarray(0, Math.floor(length))
}

/** Every bit changed by itself; `most` of them, evenly, where there are more. */
export function* bitFlips(seed: Buffer, most: number): Generator<Buffer> {
  const bits = seed.length * 8
  // An odd stride of bits goes through all eight of them.
  const stride = bits <= most ? 1 : Math.ceil(bits / most) | 1
  for (let bit = 0; bit < bits; bit += stride) {
    const copy = Buffer.from(seed)
    copy[bit >> 3]! ^= 1 << (bit & 7)
    yield copy
  }
}

export type Random = (below: number) => number

/** Numbers that are the same for the same start: xorshift (Marsaglia, 2003) in 32 bits. */
export function randomFrom(start: number): Random {
  let state = start | 0 || 1
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

const TELLING = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff]

/** A seed after one to eight changes: bits, bytes and numbers of note, pieces taken out, doubled, moved or brought from another seed. */
export function mutated(seed: Buffer, other: Buffer, random: Random, longest: number): Buffer {
  let bytes: Buffer = Buffer.from(seed)
  for (let left = 1 + random(8); left > 0; left--) bytes = CHANGES[random(CHANGES.length)]!(bytes, other, random).subarray(0, longest)
  return bytes
}

type Change = (bytes: Buffer, other: Buffer, random: Random) => Buffer

const CHANGES: readonly Change[] = [
  (bytes, _, random) => written(bytes, random, (at) => (bytes[at]! ^= 1 << random(8))),
  (bytes, _, random) => written(bytes, random, (at) => (bytes[at] = random(256))),
  (bytes, _, random) =>
    written(bytes, random, (at) => {
      const value = TELLING[random(TELLING.length)]!
      const size = Math.min(1 << random(3), bytes.length - at)
      if (random(4) === 0) bytes.writeUIntBE(value % 256 ** size, at, size)
      else bytes.writeUIntLE(value % 256 ** size, at, size)
    }),
  (bytes, _, random) => Buffer.from(bytes.subarray(0, random(bytes.length + 1))),
  (bytes, _, random) => inserted(bytes, bytes, random),
  (bytes, other, random) => inserted(bytes, other, random),
  (bytes, _, random) => {
    const from = random(bytes.length + 1)
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + 1 + random(16))])
  },
  (bytes, other, random) => Buffer.concat([bytes.subarray(0, random(bytes.length + 1)), other.subarray(random(other.length + 1))]),
]

function written(bytes: Buffer, random: Random, write: (at: number) => void): Buffer {
  if (bytes.length > 0) write(random(bytes.length))
  return bytes
}

function inserted(bytes: Buffer, from: Buffer, random: Random): Buffer {
  const at = random(bytes.length + 1)
  const start = random(from.length + 1)
  const piece = from.subarray(start, start + 1 + random(64))
  return Buffer.concat([bytes.subarray(0, at), ...Array.from({ length: 1 + (random(8) === 0 ? random(200) : 0) }, () => piece), bytes.subarray(at)])
}
