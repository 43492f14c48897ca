/** A file that is to be read: its bytes, or how they come piece by piece, so that no large one stands whole in the asking process. */
export type Sample = Buffer | { readonly size: number; pieces(): AsyncIterable<Buffer> }

/** The bytes of a sample did not come, or not as many as it said. */
export class SampleUnreadable extends Error {
  override name = 'SampleUnreadable'
}

export function sizeOf(sample: Sample): number {
  return Buffer.isBuffer(sample) ? sample.length : sample.size
}

/** Its bytes, exactly as many as it says. Throws SampleUnreadable. */
export async function* piecesOf(sample: Sample): AsyncGenerator<Buffer, void, undefined> {
  if (Buffer.isBuffer(sample)) {
    yield sample
    return
  }
  let left = sample.size
  try {
    for await (const piece of sample.pieces()) {
      left -= piece.length
      if (left < 0) break
      yield piece
    }
  } catch (error) {
    throw new SampleUnreadable('it could not be read to its end', { cause: error })
  }
  if (left !== 0) throw new SampleUnreadable('it changed while it was read')
}
