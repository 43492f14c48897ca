/** Undoing of filters that turn the relative addresses of programs into absolute ones, so that they pack better (xz file format 5.3; 7z methods). */

/** Whether the last byte of an address shows that it was turned, by which of the three bytes before were opcodes. */
const ALLOWED = [true, true, true, false, true, false, false, false]
const SHIFT = [0, 1, 2, 2, 3, 3, 3, 3]

/** Undoes the filter for x86 (BCJ): the targets of CALL and JMP. */
export function undoX86(packed: Buffer): Buffer {
  const out = Buffer.from(packed)
  let mask = 0
  let last = -5
  for (let at = 0; at + 5 <= out.length;) {
    if ((out[at]! & 0xfe) !== 0xe8) {
      at++
      continue
    }
    const distance = at - last
    last = at
    mask = distance > 5 ? 0 : shifted(mask, distance)
    const top = out[at + 4]!
    if (!isTop(top) || !ALLOWED[(mask >> 1) & 7] || mask >> 1 >= 0x10) {
      at++
      mask |= isTop(top) ? 0x11 : 1
      continue
    }
    const target = turned(out.readUInt32LE(at + 1), at + 5, mask)
    out.writeUInt32LE(((target & 0x1ffffff) | (target & 0x1000000 ? 0xff000000 : 0)) >>> 0, at + 1)
    out[at + 4] = target & 0x1000000 ? 0xff : 0
    at += 5
    mask = 0
  }
  return out
}

function isTop(byte: number): boolean {
  return byte === 0 || byte === 0xff
}

function shifted(mask: number, times: number): number {
  let value = mask
  for (let i = 0; i < times; i++) value = (value & 0x77) << 1
  return value
}

function turned(address: number, place: number, mask: number): number {
  let source = address
  for (let round = 0; ; round++) {
    const target = (source - place) >>> 0
    // Each round takes the address out of a byte that was an opcode; there are three of them.
    if (mask === 0 || round === 4) return target
    const bits = SHIFT[mask >> 1]! * 8
    if (!isTop((target >>> (24 - bits)) & 255)) return target
    source = (target ^ (bits === 0 ? 0xffffffff : 2 ** (32 - bits) - 1)) >>> 0
  }
}

/** Undoes the filter for ARM64: the targets of BL and ADRP. */
export function undoArm64(packed: Buffer): Buffer {
  const out = Buffer.from(packed)
  for (let at = 0; at + 4 <= out.length; at += 4) {
    const code = out.readUInt32LE(at)
    if (code >>> 26 === 0x25) out.writeUInt32LE((0x94000000 | ((code - (at >>> 2)) & 0x3ffffff)) >>> 0, at)
    else if ((code & 0x9f000000) >>> 0 === 0x90000000) {
      const source = ((code >>> 29) & 3) | ((code >>> 3) & 0x1ffffc)
      if ((source + 0x20000) & 0x1c0000) continue
      const target = source - (at >>> 12)
      const low = (target & 3) << 29
      out.writeUInt32LE(((code & 0x9000001f) | low | ((target & 0x3fffc) << 3) | (-(target & 0x20000) & 0xe00000)) >>> 0, at)
    }
  }
  return out
}

/** Undoes the delta filter: each byte is the difference to the one so many places before. */
export function undoDelta(packed: Buffer, distance: number): Buffer {
  const out = Buffer.from(packed)
  for (let at = distance; at < out.length; at++) out[at] = out[at]! + out[at - distance]!
  return out
}

/**
 * Undoes the filter BCJ2, which keeps the targets of CALL and of the jumps as streams of their own, and in a fourth, range coded, which of them were
 * turned. What a stream lacks ends the reading.
 */
export function undoBcj2([main, calls, jumps, marks]: readonly [Buffer, Buffer, Buffer, Buffer], size: number): Buffer {
  const out = Buffer.alloc(Math.min(size, main.length + calls.length + jumps.length))
  const probabilities = new Uint16Array(258).fill(1024)
  let [range, code, from] = [0xffffffff, 0, 0]
  for (; from < 5; from++) code = ((code << 8) | (marks[from] ?? 0)) >>> 0
  const bit = (index: number): number => {
    const probability = probabilities[index]!
    const bound = (range >>> 11) * probability
    const value = code < bound ? 0 : 1
    if (value) [range, code] = [range - bound, code - bound]
    else range = bound
    probabilities[index] = value ? probability - (probability >> 5) : probability + ((2048 - probability) >> 5)
    if (range < 0x1000000) {
      range = (range << 8) >>> 0
      code = ((code << 8) | (marks[from++] ?? 0)) >>> 0
    }
    return value
  }
  let [at, plain, call, jump, previous] = [0, 0, 0, 0, 0]
  while (at < out.length && plain < main.length) {
    const byte = main[plain++]!
    out[at++] = byte
    const branch = (byte & 0xfe) === 0xe8 || (previous === 0x0f && (byte & 0xf0) === 0x80)
    if (!branch) {
      previous = byte
      continue
    }
    if (bit(byte === 0xe8 ? previous : byte === 0xe9 ? 256 : 257) === 0) {
      previous = byte
      continue
    }
    const [stream, place] = byte === 0xe8 ? [calls, call] : [jumps, jump]
    if (place + 4 > stream.length || at + 4 > out.length) break
    if (byte === 0xe8) call += 4
    else jump += 4
    const target = (stream.readUInt32BE(place) - (at + 4)) >>> 0
    out.writeUInt32LE(target, at)
    at += 4
    previous = target >>> 24
  }
  return out.subarray(0, at)
}
