import { sql } from 'kysely'
import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { ContactActor, OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { OperatorId, OrganisationId } from '#platform/ids.ts'
import { findOpenReview, listChanges, type StoredChange } from '#program/membership/standing/change-store.ts'
import type { MemberStandingView, OwnStanding, StandingChange } from '#program/membership/standing/contract.ts'
import { findPolicy } from '#program/membership/standing/policy-store.ts'
import { changeState } from '#program/membership/standing/membership-change.ts'
import { dueOf } from '#program/membership/standing/renewal-dates.ts'
import { openReason } from '#program/membership/standing/sealed-reason.ts'
import { programmeZone } from '#program/releases/rules/rules-store.ts'
import { findMember, listContacts, listHeld, listMemberships } from '#program/membership/standing/standing-store.ts'

export function showChange(app: Pick<App, 'keys'>, change: StoredChange, now: Date): z.input<typeof StandingChange> {
  const { approved_by: approver, approved_at: approvedAt, closed_by: closer, closed_at: closedAt } = change
  return {
    id: change.id,
    organisation: { id: change.organisation_id, name: change.organisation_name },
    kind: change.kind,
    state: changeState(change, now),
    before: change.before,
    after: change.after,
    backAccess: change.back_access,
    cause: change.cause,
    successor: change.successor_id,
    reason: openReason(app, change.id, 'reason', change.reason),
    evidence: change.evidence && openReason(app, change.id, 'evidence', change.evidence),
    proposed: { by: { id: change.proposed_by, name: change.proposer_name }, at: change.proposed_at },
    expiresAt: change.expires_at,
    approved: approver && approvedAt ? { by: { id: approver, name: change.approver_name ?? '' }, at: approvedAt } : null,
    doneAt: change.done_at,
    closed: closer && closedAt ? { by: { id: closer, name: change.closer_name ?? '' }, at: closedAt } : null,
  }
}

/** What a member of the operator holds and held, and who decided it. Throws NOT_FOUND. */
export function readStanding(app: App, actor: OperatorActor, organisation: OrganisationId): Promise<z.input<typeof MemberStandingView>> {
  return app.db.read(actor, async (tx) => {
    const key = { operator: actor.operator, organisation }
    const member = await findMember(tx, key)
    if (!member) throw new Problem('NOT_FOUND')
    const now = app.clock.now()
    const { name, kind, since } = member
    return {
      organisation: { id: organisation, name, kind },
      present: member,
      since,
      due: dueOf(member, now, await programmeZone(tx, member.operator)),
      policy: (await findPolicy(tx, actor.operator, member.jurisdiction, now)) ?? null,
      review: (await findOpenReview(tx, key))?.id ?? null,
      history: await listHeld(tx, key),
      changes: (await listChanges(tx, key)).map((change) => showChange(app, change, now)),
      people: await listContacts(tx, organisation),
    }
  })
}

/** A member's own standing with each of its operators, without who decided it and why. */
export function readOwnStanding(app: App, { organisation, ...actor }: ContactActor): Promise<z.input<typeof OwnStanding>> {
  return app.db.read({ organisation, ...actor }, async (tx) => {
    const now = app.clock.now()
    const items: z.input<typeof OwnStanding>['items'] = []
    for (const member of await listMemberships(tx, organisation)) {
      const { operator, since } = member
      items.push({
        operator: { id: operator, name: await operatorName(tx, operator) },
        present: member,
        since,
        due: dueOf(member, now, await programmeZone(tx, member.operator)),
        inReview: member.state === 'paused',
        policy: (await findPolicy(tx, operator, member.jurisdiction, now)) ?? null,
        history: await listHeld(tx, member),
      })
    }
    return { items }
  })
}

async function operatorName(tx: Tx, id: OperatorId): Promise<string> {
  const { rows } = await sql<{ name: string }>`select name from operator where id = ${id}`.execute(tx.db)
  return rows[0]?.name ?? ''
}
