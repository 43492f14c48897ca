import type { App } from '#platform/app.ts'
import type { Binding } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { OrganisationId } from '#platform/ids.ts'
import type { ApplicationRow } from '#program/membership/applications/store.ts'
import type { Tier } from '#program/membership/contract.ts'
import { renewMembership } from '#program/membership/standing/renew-membership.ts'
import { lockMember } from '#program/membership/standing/standing-store.ts'

/**
 * Moves the end of a membership by a year, in the transaction of the decision. Throws CONFLICT for a membership that does not run,
 * VALIDATION_FAILED for another tier than it has: a tier changes by itself.
 */
export async function renewMember(app: App, tx: Tx, row: ApplicationRow, tier: Tier) {
  const organisation = row.organisation_id as OrganisationId
  const operator = row.operator_id
  const found = await lockMember(tx, { operator, organisation })
  if (!found || (found.state !== 'active' && found.state !== 'paused')) throw new Problem('CONFLICT', 'This membership does not run; it cannot be renewed.')
  if (found.tier !== tier) {
    throw new Problem('VALIDATION_FAILED', undefined, { fields: [{ field: '/body/tier', message: `the tier that the member holds: ${found.tier}` }] })
  }
  const until = await renewMembership(app, tx, { operator, organisation, details: { application: row.id } })
  const binds: readonly Binding[] = []
  return { member: organisation, jurisdiction: found.jurisdiction, details: { member: organisation, until: until.toISOString() }, binds }
}
