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
