import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { Binding } from '#platform/audit/audit.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { OrganisationId } from '#platform/ids.ts'
import { holdsRole } from '#platform/auth/holds-role.ts'
import { admitMember } from '#program/membership/admit-member.ts'
import { admit, refuse, standingRecommendation, type ApplicationId, type Decided, type InReview } from '#program/membership/applications/application.ts'
import { changeApplication, type ActInput } from '#program/membership/applications/change-application.ts'
import type { Admit, Refuse } from '#program/membership/applications/contract.ts'
import { inviteAccountable } from '#program/membership/applications/invite-accountable.ts'
import { requireKnownPolicy } from '#program/membership/applications/known-jurisdictions.ts'
import { renewMember } from '#program/membership/applications/renew-member.ts'
import { seal } from '#program/membership/applications/sealed.ts'
import type { ApplicationChange, ApplicationRow } from '#program/membership/applications/store.ts'
import { loadCeilings } from '#program/membership/standing/jurisdiction-store.ts'
import { tellApplicant } from '#program/membership/applications/tell-applicant.ts'

/**
 * Admits an applicant, who is told, and invites the accountable contact; of a member's renewal it moves the end of the membership.
 * Throws SECOND_PERSON_NEEDED for whoever judged or asked, CONFLICT with the criteria that stand against it, also those judged by
 * somebody who is no officer any more, SECOND_PERSON_NEEDED for more than was recommended, and VALIDATION_FAILED for a tier or a policy that does not fit.
 */
export async function admitApplicant(app: App, actor: OperatorActor, id: ApplicationId, input: z.output<typeof Admit>): Promise<void> {
  const { version, tier, jurisdiction, reason } = input
  await changeApplication(app, actor, { id, version }, async ({ tx, row, application, at }) => {
    const ceilings = await loadCeilings(tx, at)
    const ceilingOf = (policy: string | null) => ceilings.of(row.operator_id, policy)
    const decided = admit(application, { tier, jurisdiction, reason, by: actor.person, at, ceilingOf })
    await requireJudges(tx, application)
    const found = { tx, row, application, at }
    const kept = row.organisation_id === null ? await bringIn(app, actor, found, input) : await renewMember(app, tx, row, tier)
    const change = { ...decisionOf(app, row, decided, input.internalNote), tier, jurisdiction: kept.jurisdiction, member_id: kept.member }
    await tellApplicant(app, tx, row, 'decision')
    const details = { tier, set: application.set.id, waived: waivedOf(application), renewal: row.organisation_id !== null, ...kept.details }
    return { action: 'application.admitted', change, details, binds: kept.binds }
  })
}

/** Refuses at the operator's discretion; the applicant is told the reason. Throws SECOND_PERSON_NEEDED as above. */
export async function refuseApplicant(app: App, actor: OperatorActor, id: ApplicationId, input: z.output<typeof Refuse>): Promise<void> {
  const { version, reason, internalNote } = input
  await changeApplication(app, actor, { id, version }, async ({ tx, row, application, at }) => {
    const decided = refuse(application, { reason, by: actor.person, at })
    await tellApplicant(app, tx, row, 'decision')
    return { action: 'application.refused', change: decisionOf(app, row, decided, internalNote), details: { set: application.set.id } }
  })
}

interface Kept {
  readonly member: OrganisationId | null
  readonly jurisdiction: string | null
  readonly details: Readonly<Record<string, string>>
  readonly binds: readonly Binding[]
}

async function bringIn(
  app: App,
  actor: OperatorActor,
  { tx, row, application, at }: ActInput,
  { tier, jurisdiction: policy }: z.output<typeof Admit>,
): Promise<Kept> {
  const { operator_id: operator, kind } = row
  const jurisdiction = await requireKnownPolicy(tx, operator, policy, at)
  const { organisation, contacts } = application.answers
  const details = { application: row.id, set: application.set.id, jurisdiction, judgedBy: [...new Set(application.judgements.map(({ by }) => by))] }
  const member = await admitMember(app, tx, { operator, name: organisation.legalName.slice(0, 200), kind, tier, jurisdiction, details })
  await inviteAccountable(app, tx, actor, { member, operator: { id: operator, name: row.operator_name }, contacts })
  return { member, jurisdiction, details: { member, jurisdiction }, binds: [] }
}

/** A judgement and a recommendation rest on their author's right to give them. */
async function requireJudges(tx: Tx, application: InReview): Promise<void> {
  const given = application.judgements.map(({ by, criterion }) => ({ by, field: `/criteria/${criterion}`, what: 'judged it' }))
  const recommended = application.renewal ? undefined : standingRecommendation(application)
  if (recommended) given.push({ by: recommended.by, field: '/recommendation', what: 'recommended' })
  const held = new Map<string, boolean>()
  for (const { by } of given) if (!held.has(by)) held.set(by, await holdsRole(tx, by, 'membership-officer'))
  const fields = given.filter(({ by }) => !held.get(by)).map(({ field, what }) => ({ field, message: `who ${what} is no membership officer any more` }))
  if (fields.length > 0) throw new Problem('CONFLICT', 'Something has to be judged or recommended again.', { fields })
}

function decisionOf(app: App, row: ApplicationRow, decided: Decided, note: string | undefined): ApplicationChange {
  return {
    state: decided.state,
    reason: seal(app.keys, 'reason', [row.id], decided.reason),
    internal_note: note === undefined || note === '' ? null : seal(app.keys, 'internal-note', [row.id], note),
    decided_by: decided.decidedBy,
    decided_at: decided.decidedAt,
    // From here on the links live on for as long as after a save.
    saved_at: decided.decidedAt,
  }
}

const waivedOf = ({ judgements }: InReview): string[] => judgements.filter(({ outcome }) => outcome === 'waived').map(({ criterion }) => criterion)
