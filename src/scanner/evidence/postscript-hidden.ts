import type { FactOf } from '#scanner/intake/fact.ts'
import { at, perFact, shown } from './evidence.ts'

/** Shorter texts between angle brackets are characters and keys. */
const SHORTEST_HEX = 512
const LOOKED_AT = 256 * 1024
/** The operator that the type confusion of Ghostscript known as CVE-2017-8291 needs. */
const EQPROC = '.eqproc'

/**
 * PostScript of a Hangul document that makes a program of a text and runs it: named when a picture in PostScript holds a long text in
 * hexadecimal and executes one (`cvx exec`). Pictures have no reason to; attacks on the interpreter hide behind it.
 */
export const postscriptHidden = perFact(
  {
    id: 'postscript-hidden',
    candidates: ['CVE-2017-8291'],
    requires: [
      'a file in PostScript among the pictures (BinData) of a Hangul document',
      `a text of at least ${SHORTEST_HEX} bytes in hexadecimal`,
      'cvx and exec behind it',
    ],
    source: 'HWP 5.0, 3.2.5; PostScript Language Reference, 3.2.2 and 8.2; ATT&CK T1027',
  },
  'part',
  (fact) => {
    const found = isPicture(fact) ? hiddenProgram(fact.bytes.toString('latin1', 0, LOOKED_AT)) : undefined
    if (!found) return undefined
    const candidate = { id: 'CVE-2017-8291', why: 'the program calls .eqproc; what it does with the result was not followed' }
    return {
      kind: 'technique',
      severity: 'high',
      summary: 'A picture of the document is a PostScript program that hides another in a text and runs it.',
      attack: ['T1027', 'T1203'],
      ...(found.program.includes(EQPROC) && { candidate }),
      proof: [
        { path: fact.path, offset: found.offset, length: found.length, field: 'PostScript text in hexadecimal', value: shown(found.program.slice(0, 200)) },
        { ...at(fact), offset: found.runs, field: 'PostScript operators', value: 'cvx exec' },
      ],
    }
  },
)

function isPicture({ path, via, type }: FactOf<'part'>): boolean {
  return via === 'ole-stream' && /\/BinData\/[^/]{1,80}\.e?ps$/i.test(path) && type !== 'empty'
}

function hiddenProgram(text: string): { offset: number; length: number; runs: number; program: string } | undefined {
  const runs = text.lastIndexOf('cvx')
  if (runs === -1 || !/^cvx\s{1,20}exec\b/.test(text.slice(runs, runs + 40))) return undefined
  for (let open = text.indexOf('<'), tries = 0; open !== -1 && open < runs && tries < 200; open = text.indexOf('<', open + 1), tries++) {
    const close = text.indexOf('>', open)
    if (close === -1) return undefined
    if (close - open <= SHORTEST_HEX * 2) continue
    const inside = text.slice(open + 1, close)
    if (/^[0-9a-f\s]*$/i.test(inside))
      return { offset: open, length: close + 1 - open, runs, program: Buffer.from(inside.replace(/\s/g, ''), 'hex').toString('latin1') }
  }
  return undefined
}
