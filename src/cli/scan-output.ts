import { VERSION } from '#platform/version.ts'
import { sarifLog } from '#scanner/reports/sarif.ts'
import { stixBundle } from '#scanner/reports/stix.ts'
import type { ScanLine } from '#scanner/verdict/contract.ts'
import { scanText } from './scan-text.ts'

/** Turns answers into what is printed, piece by piece, as they come. */
export interface Output {
  line(line: ScanLine): string
  /** What stands after the last. */
  end(): string
}

export type Form = 'text' | 'json' | 'sarif' | 'stix'

/** `colour`: whether sentences may be coloured. */
export function openOutput(form: Form, colour: boolean): Output {
  if (form === 'sarif') return sarifLog(VERSION)
  if (form === 'stix') return stixBundle(VERSION)
  return form === 'json' ? { line: (line) => `${JSON.stringify(line)}\n`, end: () => '' } : scanText({ colour })
}
