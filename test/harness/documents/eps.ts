import { buildDocx } from '../documents.ts'

/** An EPS file with this program. */
export function buildEps(program: string): Buffer {
  return Buffer.from(`%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n${program}\nshowpage\n`, 'latin1')
}

/** A program that undoes an exclusive or and runs what comes out, as it is hidden in the wild. */
export function hiddenProgram(program: string, key = 0x5a): string {
  const hex = Buffer.from(Buffer.from(program, 'latin1').map((c) => c ^ key)).toString('hex')
  return `/code <${hex}> def 0 1 code length 1 sub { /i exch def code i code i get ${key} xor put } for code cvx exec`
}

/** A Word document with an EPS picture. */
export function docxWithEps(program: string): Buffer {
  return buildDocx({ 'word/media/image1.eps': buildEps(program) })
}

/** A program as `eexec` reads it, behind four bytes that say nothing and are no digits. */
export function enciphered(program: string): Buffer {
  let key = 55665
  return Buffer.from(
    Buffer.from(`\xff\xff\xff\xff${program}\n`, 'latin1').map((c) => {
      const out = c ^ (key >> 8)
      key = ((out + key) * 52845 + 22719) & 0xffff
      return out
    }),
  )
}

/** Bytes in base 85, with the mark of their end. */
export function base85(bytes: Buffer): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 4) {
    const piece = bytes.subarray(at, at + 4)
    let value = Buffer.concat([piece, Buffer.alloc(4 - piece.length)]).readUInt32BE(0)
    let group = ''
    for (let i = 0; i < 5; i++) {
      group = String.fromCharCode(0x21 + (value % 85)) + group
      value = Math.floor(value / 85)
    }
    text += group.slice(0, piece.length + 1)
  }
  return `${text}~>`
}

/** An EPS behind the binary header that a preview takes (EPSF 3.0, 5.2). */
export function buildDosEps(program: string): Buffer {
  const eps = buildEps(program)
  const header = Buffer.alloc(30)
  header.writeUInt32BE(0xc5d0d3c6, 0)
  header.writeUInt32LE(30, 4)
  header.writeUInt32LE(eps.length, 8)
  return Buffer.concat([header, eps])
}
