import { VERSION } from '#platform/version.ts'
import { printable } from '#scanner/formats/bytes.ts'
import { sarifLog } from '#scanner/reports/sarif.ts'
import { stixBundle } from '#scanner/reports/stix.ts'
import type { ScanLine } from '#scanner/verdict/contract.ts'

/** Turns answers into what is printed, piece by piece, as they come. */
export interface Output {
  line(line: ScanLine): string
  /** What stands after the last. */
  end(): string
}

export type Form = 'text' | 'json' | 'sarif' | 'stix'

export function openOutput(form: Form): Output {
  if (form === 'sarif') return sarifLog(VERSION)
  if (form === 'stix') return stixBundle(VERSION)
  return { line: form === 'json' ? (line) => `${JSON.stringify(line)}\n` : textOf, end: () => '' }
}

function textOf({ path, outcome, type, verdict, timings }: ScanLine): string {
  const name = printable(path, 4096)
  const took = timings ? `, ${timings.cpu_ms} ms of processor time` : ''
  if (outcome === 'not-scanned') return `not scanned     ${name}\n    ${printable(verdict.not_checked[0]?.why ?? '')}\n`
  const named = verdict.cve.map(({ id }) => id).join(' ')
  // Whatever the answer says comes from a process that read hostile bytes: none of it speaks to the terminal.
  const lines = [
    `${verdict.exploit.padEnd(15)} ${name} (${printable(type ?? '', 40)}${took})${named && `: ${named}`}`,
    ...verdict.reasons.map((reason) => `    ${printable(reason, 1200)}`),
    ...verdict.candidates.map(({ id, why }) => `    Possibly ${id}: ${printable(why, 500)}.`),
  ]
  return `${lines.join('\n')}\n`
}
