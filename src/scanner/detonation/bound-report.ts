import type { Detonation, Happening } from './contract.ts'

/** Largest report of one detonation that is kept, in characters of its happenings. */
export const MOST_REPORT_CHARS = 16 * 2 ** 20
const MOST_HAPPENINGS = 20_000

/** The report within limits, saying what was dropped to keep it so, and how many artefacts were. Pure. */
export function boundReport(report: Detonation, droppedArtefacts: number, limit = MOST_REPORT_CHARS): Detonation {
  const kept = fitting(report.happenings, limit)
  const dropped = [
    { of: 'happenings', count: report.happenings.length - kept },
    { of: 'artefacts', count: droppedArtefacts },
  ].filter(({ count }) => count > 0)
  if (dropped.length === 0) return report
  const t = report.dwell_ms / 1000
  return {
    ...report,
    happenings: [...report.happenings.slice(0, kept), ...dropped.map((one): Happening => ({ kind: 'dropped', rank: 'host', t, ...one }))],
    signals: report.signals.map((signal) => ({ ...signal, shown_by: signal.shown_by.filter((place) => place < kept) })),
  }
}

function fitting(happenings: readonly Happening[], limit: number): number {
  let chars = 0
  // Room for what is said of those that do not fit.
  const most = Math.min(happenings.length, MOST_HAPPENINGS - 2)
  for (let n = 0; n < most; n++) {
    chars += JSON.stringify(happenings[n]).length
    if (chars > limit) return n
  }
  return happenings.length <= MOST_HAPPENINGS - 2 ? happenings.length : most
}
