import { VERSION } from '#platform/version.ts'
import { sarifLog } from '#scanner/reports/sarif.ts'
import { scanLine } from '#scanner/reports/scan-line.ts'
import { stixBundle } from '#scanner/reports/stix.ts'
import type { JoinedLine, JoinedReport, ScanLine, ScanReport } from '#scanner/verdict/contract.ts'
import { scanText } from './scan-text.ts'

/** What is said of one file. */
export interface Answer {
  /** With the joined verdict in the place of its own, where environments opened it. */
  readonly line: ScanLine
  readonly joined?: JoinedReport | undefined
  /** In the place of `line` in forms that are made to be passed on, where what was seen may be known to nobody. */
  readonly passedOn?: ScanReport | undefined
  /** False where an environment was to open it, and did not or says nothing about it. */
  readonly watched: boolean
}

/** Turns answers into what is printed, piece by piece, as they come. */
export interface Output {
  line(answer: Answer): string
  /** What stands after the last. */
  end(): string
}

export type Form = 'text' | 'json' | 'sarif' | 'stix'

/** `colour`: whether sentences may be coloured. */
export function openOutput(form: Form, colour: boolean): Output {
  if (form === 'sarif' || form === 'stix') {
    const writer = form === 'sarif' ? sarifLog(VERSION) : stixBundle(VERSION)
    return { line: (answer) => writer.line(lineToPassOn(answer)), end: () => writer.end() }
  }
  return form === 'json' ? { line: (answer) => `${JSON.stringify(jsonOf(answer))}\n`, end: () => '' } : scanText({ colour })
}

function jsonOf({ line, joined }: Answer): ScanLine | JoinedLine {
  if (!joined) return line
  const { path, timings } = line
  return { path, ...joined, ...(timings && { timings }) }
}

function lineToPassOn({ line, passedOn }: Answer): ScanLine {
  return passedOn ? scanLine(line.path, undefined, passedOn) : line
}
