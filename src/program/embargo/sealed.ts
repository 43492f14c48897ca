import type { App } from '#platform/app.ts'
import { sealText, unsealText } from '#platform/crypto/seal-text.ts'

/** Columns that say what is under embargo, who did what, or where it can be read. */
export type SealedColumn =
  | 'embargo_end.cve'
  | 'embargo_end.evidence'
  | 'embargo_end.source'
  | 'embargo_end.false_alarm'
  | 'embargo_report.said'
  | 'package_relation.reason'
  | 'package_relation.assessment'
  | 'breach_report.said'
  | 'breach_report.reasons'
  | 'breach_message.body'
  | 'regulatory_clock.cve'
  | 'regulatory_clock.evidence'
  | 'awareness_correction.reason'
  | 'regulatory_filing.reference'
  | 'regulatory_filing.said'

/** A text sealed for one column of the row with this id. */
export function seal(app: Pick<App, 'keys'>, column: SealedColumn, id: string, text: string): Buffer {
  return sealText(app.keys, { purpose: column, context: [id] }, text)
}

export function unseal(app: Pick<App, 'keys'>, column: SealedColumn, id: string, sealed: Buffer): string {
  return unsealText(app.keys, { purpose: column, context: [id] }, sealed)
}
