/** What large documents are filled with: the same for the same number, and no two numbers alike, so that nothing is opened only once for being equal. */

const WORDS = (
  'the of and to in a is that for it as was with be by on not he his but at are this have from or had an they which one you were all her she there would their ' +
  'report market vendor advisory system release network account update section figure table quarter customer contract delivery invoice project schedule'
).split(' ')

/** A generator of 32-bit numbers (xorshift). */
function numbers(seed: number): () => number {
  let state = (Math.imul(seed + 1, 0x9e3779b1) ^ 0x5bd1e995) | 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
}

/** Bytes that pack no better than those of a picture. */
export function noise(seed: number, length: number): Buffer {
  const next = numbers(seed)
  const whole = new Uint32Array(Math.ceil(length / 4))
  for (let i = 0; i < whole.length; i++) whole[i] = next()
  return Buffer.from(whole.buffer, 0, length)
}

/** Sentences of about so many characters. */
export function prose(seed: number, length: number): string {
  const next = numbers(seed)
  const words: string[] = []
  for (let have = 0; have < length;) {
    const number = next()
    const word = number % 11 === 0 ? `${WORDS[number % WORDS.length]!}.` : WORDS[number % WORDS.length]!
    words.push(word)
    have += word.length + 1
  }
  return words.join(' ').slice(0, length)
}

/** A picture: the header of a PNG or a JPEG, and noise. */
export function picture(seed: number, length: number): Buffer {
  const head = Buffer.from(seed % 2 === 0 ? '89504e470d0a1a0a0000000d49484452' : 'ffd8ffe000104a46494600010100000100010000ffdb0043', 'hex')
  const bytes = noise(seed, Math.max(length, head.length))
  head.copy(bytes)
  return bytes
}

/** Pieces until they are so many bytes together. */
export function piecesOf(bytes: number, piece: (n: number) => Buffer | string): Buffer[] {
  const pieces: Buffer[] = []
  for (let n = 0, length = 0; length < bytes; n++) {
    const made = piece(n)
    pieces.push(typeof made === 'string' ? Buffer.from(made, 'latin1') : made)
    length += made.length
  }
  return pieces
}
