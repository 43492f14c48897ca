import { urlMoniker } from '#test/harness/documents/ole-links.ts'
import { encryptedPdf } from '#test/harness/documents/encrypted-pdf.ts'

/** An input that a reader once answered wrongly, made small and built by code; read again by every test run, and a seed of every later fuzzing. */
export interface Finding {
  /** The name of the target that it was found with. */
  readonly target: string
  /** What was wrong. */
  readonly was: string
  readonly bytes: () => Buffer
}

export const FINDINGS: readonly Finding[] = [
  {
    target: 'formats/pdf-crypt.ts',
    was: 'RangeError: a 16-byte key for AES-256, where a dictionary of revision 4 names AESV3',
    bytes: () => Buffer.from(encryptedPdf('R4', '', 'owner').toString('latin1').replace('AESV2', 'AESV3'), 'latin1'),
  },
  {
    target: 'formats/ole-stream.ts',
    was: 'the memory of the process broken, by text of half a character at an odd address',
    // Often enough that the allocator sees it.
    bytes: () =>
      Buffer.concat([
        Buffer.alloc(1),
        ...Array.from({ length: 64 }, () => urlMoniker('http://host.example/')),
        urlMoniker('http://host.example/').subarray(0, 43),
      ]),
  },
  { target: 'formats/prc.ts', was: 'RangeError: a header that is cut off', bytes: () => Buffer.from('PRC') },
]

/** What was found with a target. */
export function findingsOf(target: string): Buffer[] {
  return FINDINGS.filter((finding) => finding.target === target).map(({ bytes }) => bytes())
}
