import type { NotChecked, ScanReport, Verdict } from './contract.ts'
import { COVERAGE, decide, NOTHING_FOUND } from './decide.ts'
import type { OtherFinding } from './finding.ts'

/**
 * A report with techniques and notes beside those that it has, and with what else was not examined. They never make an exploit of it,
 * and a CVE that is named already is no candidate. Pure.
 */
export function addFindings(report: ScanReport, found: readonly OtherFinding[], notChecked: readonly NotChecked[]): ScanReport {
  if (found.length === 0 && notChecked.length === 0) return report
  const { verdict } = report
  const more = decide(found, notChecked)
  const shift = <T extends { findings: number[] }>(list: readonly T[]): T[] =>
    list.map((one) => ({ ...one, findings: one.findings.map((index) => index + verdict.seen.length) }))
  const known = new Set([...verdict.cve, ...verdict.candidates].map(({ id }) => id))
  return {
    ...report,
    outcome: report.outcome === 'complete' && notChecked.length > 0 ? 'incomplete' : report.outcome,
    verdict: {
      ...verdict,
      exploit: verdict.exploit === 'none-seen' ? more.exploit : verdict.exploit,
      reasons: reasonsOf(verdict, more),
      candidates: [...verdict.candidates, ...shift(more.candidates).filter(({ id }) => !known.has(id))],
      techniques: [...verdict.techniques, ...shift(more.techniques)],
      notes: [...verdict.notes, ...shift(more.notes)],
      seen: [...verdict.seen, ...more.seen],
      not_checked: [...verdict.not_checked, ...more.not_checked],
    },
  }
}

/** What was found, then what was not examined, each once. */
function reasonsOf(...verdicts: readonly Verdict[]): string[] {
  const all = [...new Set(verdicts.flatMap(({ reasons }) => reasons))]
  const found = all.filter((reason) => reason !== NOTHING_FOUND && !COVERAGE.has(reason))
  return [...(found.length > 0 ? found : [NOTHING_FOUND]), ...all.filter((reason) => COVERAGE.has(reason))]
}
