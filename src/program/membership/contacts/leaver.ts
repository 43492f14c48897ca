import type { LeaverStep } from '#platform/auth/end-account.ts'
import { NO_CLEARANCE } from '#program/membership/contacts/clearance.ts'
import { clearanceChangeRow, clearedOperators, closeClearanceChangesOf, writeClearance } from '#program/membership/contacts/clearance-store.ts'
import { contactKeyRow, revokeKeysOf } from '#program/membership/contacts/key-store.ts'
import { clearanceRow } from '#program/membership/entitlement-store.ts'

/** A contact who leaves has no key any more, is cleared for nothing, and nothing waits for them (program.md, E31). */
export const onLeave: LeaverStep = async (tx, person, at) => {
  const keys = await revokeKeysOf(tx, person, at)
  const changes = await closeClearanceChangesOf(tx, person, at)
  const operators = await clearedOperators(tx, person)
  for (const operator of operators) await writeClearance(tx, person, operator, NO_CLEARANCE, at)
  return [
    ...keys.map((id) => contactKeyRow({ id })),
    ...changes.map((id) => clearanceChangeRow({ id })),
    ...operators.map((operator) => clearanceRow({ person_id: person, operator_id: operator })),
  ]
}
