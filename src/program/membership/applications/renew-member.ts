import { Problem } from '#platform/errors.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OrganisationId } from '#platform/ids.ts'
import type { ApplicationRow } from '#program/membership/applications/store.ts'
import type { Tier } from '#program/membership/contract.ts'
import { renewedUntil } from '#program/membership/criteria/renewal.ts'
import { lockMembership, membershipRow, setMembershipUntil } from '#program/membership/store.ts'
import { DEFAULT_PRESET, PRESETS } from '#program/releases/programme.ts'

/** Moves the end of a membership by a year, in the transaction of the decision. Throws CONFLICT for a membership that does not run, VALIDATION_FAILED for another tier than it has: a tier changes by itself. */
export async function renewMember(tx: Tx, row: ApplicationRow, { tier, at }: { readonly tier: Tier; readonly at: Date }) {
  const member = row.organisation_id as OrganisationId
  const found = await lockMembership(tx, member, row.operator_id)
  if (!found || (found.state !== 'active' && found.state !== 'paused')) throw new Problem('CONFLICT', 'This membership does not run; it cannot be renewed.')
  if (found.tier !== tier) {
    throw new Problem('VALIDATION_FAILED', undefined, { fields: [{ field: '/body/tier', message: `the tier that the member holds: ${found.tier}` }] })
  }
  const { zone } = PRESETS[DEFAULT_PRESET].release
  const until = renewedUntil({ admitted: found.created_at, until: found.until ?? at }, at, zone)
  await setMembershipUntil(tx, member, row.operator_id, until)
  const binds = [membershipRow({ organisation_id: member, operator_id: row.operator_id })]
  const before = found.until === null ? 'none' : found.until.toISOString()
  return { member, jurisdiction: found.jurisdiction, details: { member, before, until: until.toISOString() }, binds }
}
