import { sql } from 'kysely'
import type { EntrustedStep } from '#platform/auth/scim/entrusted.ts'

/** Somebody who is cleared for anything, or about to be, is known to the operators as who they are: no directory says who else comes in as them. */
export const isEntrusted: EntrustedStep = (tx, person) =>
  tx.asSystem(async (db) => {
    const { rows } = await sql<{ entrusted: boolean }>`select exists (select from clearance where person_id = ${person} and cardinality(products) > 0)
      or exists (select from clearance_change where person_id = ${person} and approved_at is null and closed_at is null) as entrusted`.execute(db)
    return rows[0]!.entrusted
  })
