import type { App } from '#platform/app.ts'
import type { PlainValue } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { Member } from '#program/membership/standing/change-store.ts'
import { renewedUntil } from '#program/membership/standing/renewal-dates.ts'
import { lockMember, setHeld } from '#program/membership/standing/standing-store.ts'
import { tellOfStanding } from '#program/membership/standing/tell-of-standing.ts'
import { programmeZone } from '#program/releases/rules/rules-store.ts'

/**
 * Renews a membership until the grace after the next due date ends, in the transaction of the decision; on record. The caller has
 * made sure that two people decided. A renewal in time leaves no gap; one after the lapse counts from the next windows on.
 * Returns the new end. Throws NOT_FOUND, and CONFLICT for a membership that was terminated.
 */
export async function renewMembership(
  app: App,
  tx: Tx,
  { operator, organisation, details = {} }: Member & { readonly details?: Readonly<Record<string, PlainValue>> },
): Promise<Date> {
  const member = await lockMember(tx, { operator, organisation })
  if (!member) throw new Problem('NOT_FOUND')
  if (member.state === 'terminated') throw new Problem('CONFLICT', 'This membership was terminated.')
  const until = renewedUntil(member, app.clock.now(), await programmeZone(tx, operator))
  const binds = await setHeld(tx, member, { ...member, until })
  app.audit.record(tx, { action: 'member.renewed', subject: organisation, operator, binds, details: { until: until.toISOString(), ...details } })
  await tellOfStanding(app, tx, member, 'member.standing-changed', undefined)
  return until
}
