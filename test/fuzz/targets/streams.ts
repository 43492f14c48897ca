import { HexSink } from '#scanner/formats/hex-sink.ts'
import { Damaged } from '#scanner/intake/limits.ts'
import { frame, Frames } from '#scanner/jail/frames.ts'
import { joined, parted, type Target } from '../target.ts'

/** Readers that take their input in pieces: one byte at a time, or cut in longer ones, gives what all of it at once gives. */

const LONGEST_MESSAGE = 4096

function inPieces(bytes: Buffer, pieceBytes: number): Buffer[] {
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length; at += pieceBytes) pieces.push(bytes.subarray(at, at + pieceBytes))
  return pieces
}

function same(name: string, answers: readonly Buffer[][]): Buffer[] {
  const [first, ...others] = answers
  for (const other of others)
    if (other.length !== first!.length || other.some((one, i) => !one.equals(first![i]!))) throw new Error(`${name} gives otherwise for pieces`)
  return first!
}

function messages(pieces: readonly Buffer[]): Buffer[] {
  const frames = new Frames(LONGEST_MESSAGE)
  try {
    return pieces.flatMap((piece) => frames.take(piece))
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new Damaged(error.message)
  }
}

export const STREAMS: readonly Target[] = [
  {
    name: 'jail/frames.ts',
    read: (bytes) =>
      same(
        'Frames',
        [bytes.length || 1, 1, 7].map((pieceBytes) => messages(inPieces(bytes, pieceBytes))),
      ),
    seeds: () => [Buffer.concat([frame(Buffer.from('one')), frame(Buffer.alloc(0)), frame(Buffer.alloc(300, 2))])],
  },
  {
    name: 'formats/hex-sink.ts',
    read: (bytes) => {
      const [raw, digits] = parted(bytes, 2)
      const answers = [digits.length || 1, 1, 7].map((pieceBytes) => {
        const sink = new HexSink(1024)
        for (const piece of inPieces(digits, pieceBytes)) sink.hex(piece, 0, piece.length)
        sink.raw(raw)
        sink.hex(digits, 0, digits.length)
        return [sink.copy().bytes(), Buffer.from([sink.full ? 1 : 0])]
      })
      return same('HexSink', answers)
    },
    seeds: () => [
      joined(Buffer.from('raw'), Buffer.from('0105 00zz00 0\n2 0000')),
      joined(Buffer.alloc(0), Buffer.from('0105000')),
      joined(Buffer.alloc(1000), Buffer.alloc(90, 0x41)),
    ],
  },
]
