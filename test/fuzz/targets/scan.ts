import { scanBytes } from '#scanner/reports/scan-report.ts'
import { ScanReport } from '#scanner/verdict/contract.ts'
import type { Target } from '../target.ts'

/** The whole scan: an answer that fits its schema and speaks of these bytes, whose findings lead to places that are there. */
function scan(bytes: Buffer, limits: Parameters<Target['read']>[1]['limits']): ScanReport {
  const report = ScanReport.parse(scanBytes(bytes, { limits }))
  if (report.size !== bytes.length) throw new Error('the answer is about other bytes')
  const { verdict } = report
  const places = [...verdict.cve, ...verdict.candidates, ...verdict.techniques, ...verdict.notes].flatMap(({ findings }) => findings)
  if (places.some((place) => place >= verdict.seen.length)) throw new Error('a finding names a place that is not there')
  if (verdict.cve.length > 0 && verdict.exploit !== 'attempted') throw new Error('a name without an attempt')
  return report
}

export const WHOLE_SCAN: Target = {
  name: 'reports/scan-report.ts',
  read: (bytes, budget) => scan(bytes, budget.limits),
  seeds: ({ whole }) => [...whole.values()],
}
