import { Damaged, LimitReached, type Budget } from '#scanner/intake/limits.ts'
import { u32 } from './bytes.ts'

const COMPRESSED = 0x75465a4c
const UNCOMPRESSED = 0x414c454d
const WINDOW = 4096
/** What the dictionary holds before the first byte (MS-OXRTFCP 2.1.2.1): 207 bytes. */
const PRIMER = Buffer.from(
  '{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier' +
    '{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx',
  'latin1',
)

/** Unpacks the RTF body of a message (MS-OXRTFCP); what a cut stream still held is returned. Throws Damaged for another format, LimitReached. */
export function unpackRtf(packed: Buffer, budget: Budget): Buffer {
  const kind = u32(packed, 8)
  if (kind === UNCOMPRESSED) return packed.subarray(16)
  if (kind !== COMPRESSED) throw new Damaged('no compressed RTF')
  budget.step(packed.length >> 4)
  // Two bytes of a reference yield 17 at most.
  const longest = Math.min(budget.room, packed.length * 9)
  const bytes = expand(packed, Buffer.alloc(longest))
  if (bytes.length === budget.room) throw new LimitReached('objectBytes')
  budget.takeBytes(bytes.length)
  return bytes
}

function expand(packed: Buffer, out: Buffer): Buffer {
  const window = Buffer.alloc(WINDOW)
  PRIMER.copy(window)
  let write = PRIMER.length
  let length = 0
  const put = (byte: number) => {
    if (length >= out.length) return
    out[length++] = byte
    window[write] = byte
    write = (write + 1) % WINDOW
  }
  for (let at = 16; at < packed.length && length < out.length;) {
    const control = packed[at++]!
    for (let bit = 0; bit < 8 && at < packed.length; bit++) {
      if (((control >> bit) & 1) === 0) {
        put(packed[at++]!)
        continue
      }
      if (at + 2 > packed.length) return out.subarray(0, length)
      const reference = packed.readUInt16BE(at)
      at += 2
      let from = reference >> 4
      if (from === write) return out.subarray(0, length)
      for (let left = (reference & 15) + 2; left > 0; left--) {
        put(window[from]!)
        from = (from + 1) % WINDOW
      }
    }
  }
  return out.subarray(0, length)
}
