import { partitionBytes } from '#scanner/formats/equation.ts'
import type { Fact, FactOf } from '#scanner/intake/fact.ts'
import type { Finding, Proof } from '#scanner/verdict/finding.ts'
import { shown, type About, type Evidence } from './evidence.ts'

/**
 * Bytes from the beginning of the stack buffer that takes a font name to the saved frame pointer, before the correction of November 2017. The
 * buffer itself is 0x24 or 0x28 bytes by different accounts; the exploits known write 0x2C bytes and an address (Metasploit, office_ms17_11882). No font has so
 * long a name: a LOGFONT holds 32 characters.
 */
export const FONT_BUFFER_BYTES = 0x28

/** Bytes from the name in the LOGFONT of the second function to the saved frame pointer; the exploits known write 0x94 bytes and half an address. */
export const FONT_SECOND_BUFFER_BYTES = 0x90

/** Bytes of the arrays that take the partition lines of a matrix. */
export const PARTITION_ARRAY_BYTES = 8

type EquationFact = FactOf<'equation'>

/** A record that overflows, which CVE that is, and what overflows before it in the same stream. */
interface Overflow {
  readonly cve: string
  readonly fact: EquationFact
  readonly behind: EquationFact | undefined
}

/** Every record of an equation that overflows a buffer, in the order of the streams. */
function overflowsOf(facts: readonly Fact[]): Overflow[] {
  const first = new Map<string, EquationFact>()
  return facts.flatMap((fact): Overflow[] => {
    const cve = fact.kind === 'equation' ? cveOf(fact) : undefined
    if (cve === undefined || fact.kind !== 'equation') return []
    const before = first.get(fact.path)
    if (!before) first.set(fact.path, fact)
    return [{ cve, fact, behind: before && before.record.offset < fact.record.offset ? before : undefined }]
  })
}

function cveOf({ record }: EquationFact): string | undefined {
  if (record.kind === 'matrix') return neededBytes(record) > PARTITION_ARRAY_BYTES ? 'CVE-2018-0798' : undefined
  if (record.nameBytes >= FONT_SECOND_BUFFER_BYTES) return 'CVE-2018-0802'
  return record.nameBytes > FONT_BUFFER_BYTES ? 'CVE-2017-11882' : undefined
}

/** Bytes that the longer partition array of a matrix takes up. */
export function neededBytes({ rows, columns }: { readonly rows: number; readonly columns: number }): number {
  return Math.max(partitionBytes(rows), partitionBytes(columns))
}

/**
 * Evidence for one of the overflows of the Equation Editor. The first record of a stream that overflows is the one that is named: what
 * stands behind it in the same stream is the attacker's code and data, where any byte 8 looks like a font and any byte 5 like a
 * matrix. A record there is a candidate, so that data never name a second CVE; a second equation of the document names its own.
 */
export function equationOverflow(about: About & { readonly cve: string }, describe: (fact: EquationFact) => { summary: string; proof: Proof[] }): Evidence {
  const { cve, ...rest } = about
  return {
    ...rest,
    cves: [cve],
    candidates: [cve],
    judge: (facts) =>
      overflowsOf(facts)
        .filter((one) => one.cve === cve)
        .map(({ fact, behind }): Finding => {
          const { summary, proof } = describe(fact)
          if (!behind) return { id: about.id, kind: 'exploit', confidence: 95, severity: 'high', summary, attack: ['T1203'], cve, proof }
          return {
            id: about.id,
            kind: 'note',
            severity: 'low',
            summary: 'Behind the record of an equation that overflows stands what reads as another one.',
            attack: [],
            candidate: { id: cve, why: `it stands behind the overflow at byte ${behind.record.offset} of the same stream, where the data of the attack are` },
            proof,
          }
        }),
  }
}

/** The length and the text of a font name as proof. */
export function fontProof({ path, record }: EquationFact, limit: number): Proof[] {
  if (record.kind !== 'font') return []
  return [
    { path, offset: record.nameOffset, field: 'MTEF FONT name length', value: record.nameBytes, limit },
    { path, offset: record.nameOffset, field: 'MTEF FONT name', value: shown(record.name.toString('latin1', 0, 200)) },
  ]
}

/** Bytes of the name of a font record; 0 for another record. */
export function nameBytesOf({ record }: EquationFact): number {
  return record.kind === 'font' ? record.nameBytes : 0
}
