import type { App } from '#platform/app.ts'
import { evidenceOperator } from '#platform/auth/people-store.ts'
import type { AuditRecord } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { PersonId } from '#platform/ids.ts'

/** Records an act on a person's account as evidence of the operator responsible for that person (see `evidenceOperator`). */
export async function recordFor(app: App, tx: Tx, person: PersonId, record: Omit<AuditRecord, 'operator'>): Promise<void> {
  const operator = await evidenceOperator(tx, person)
  app.audit.record(tx, operator === undefined ? record : { ...record, operator })
}
