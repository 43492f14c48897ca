import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { endAccess } from '#platform/auth/end-access.ts'
import { Problem } from '#platform/errors.ts'
import type { OrganisationId, PersonId } from '#platform/ids.ts'
import { requireTwoOfficers } from '#platform/auth/holds-role.ts'
import {
  changeRow,
  findOpenReview,
  insertChange,
  listWaiting,
  lockChange,
  setChangeClosed,
  setChangeDone,
  type ChangeId,
  type StoredChange,
} from '#program/membership/standing/change-store.ts'
import type { ChangeStanding, StandingChange } from '#program/membership/standing/contract.ts'
import { loadCeilings } from '#program/membership/standing/jurisdiction-store.ts'
import { PROPOSAL_DAYS, widens, type Held } from '#program/membership/standing/membership-change.ts'
import { renewedUntil } from '#program/membership/standing/renewal-dates.ts'
import { sealReason } from '#program/membership/standing/sealed-reason.ts'
import { showChange } from '#program/membership/standing/show-standing.ts'
import { findMember, lockMember, setHeld, type StoredMember } from '#program/membership/standing/standing-store.ts'
import { tellOfStanding } from '#program/membership/standing/tell-of-standing.ts'
import { programmeZone } from '#program/releases/rules/rules-store.ts'

type Wish = z.output<typeof ChangeStanding>
type View = z.input<typeof StandingChange>
const DAY_MS = 86_400_000

/**
 * Changes what a member holds. What narrows is done at once; what widens waits for a second membership officer, and nothing changes
 * until then. The decision of a review takes another officer than the one who opened it, and to go on after a pause one more, who
 * may be the opener: whoever opened it only narrowed. Any change, and the opening of a review, closes whatever else waits. Throws NOT_FOUND, CONFLICT for what does
 * not fit the present standing or waits already, SECOND_PERSON_NEEDED, and VALIDATION_FAILED for a policy or a successor that is not known.
 */
export async function changeStanding(app: App, actor: OperatorActor, organisation: OrganisationId, wish: Wish): Promise<View> {
  return app.db.transaction(actor, async (tx) => {
    const member = await lockMember(tx, { operator: actor.operator, organisation })
    if (!member) throw new Problem('NOT_FOUND')
    const at = app.clock.now()
    const review = await findOpenReview(tx, member)
    const after = await wanted(tx, { member, wish, at, review })
    if (wish.kind === 'review-decision' && review!.proposed_by === actor.person) throw new Problem('SECOND_PERSON_NEEDED')
    const ceilings = await loadCeilings(tx, at)
    const isWide = widens(member, after, (policy) => ceilings.of(actor.operator, policy))
    const change = await writeDown(app, tx, actor, { member, after, wish, review, needsSecond: isWide, at })
    if (change.needs_second) {
      app.audit.record(tx, { action: 'member.change-proposed', subject: organisation, binds: [changeRow({ id: change.id })], details: detailsOf(change) })
      await tellOfStanding(app, tx, member, 'member.change-proposed', actor.person)
      return showChange(app, change, at)
    }
    return showChange(app, await carryOut(app, tx, { member, change, by: undefined, actor: actor.person }), at)
  })
}

/**
 * The second officer agrees: from now on the member holds what was proposed. Throws NOT_FOUND, SECOND_PERSON_NEEDED for who
 * proposed it, FORBIDDEN for who is no officer any more, and CONFLICT when it does not wait any more, the standing is another by now,
 * a review is open that it does not decide, or who proposed it is no officer any more.
 */
export async function approveChange(app: App, actor: OperatorActor, id: ChangeId): Promise<View> {
  return app.db.transaction(actor, async (tx) => {
    const { change, member } = await lockWaiting(app, tx, actor, id)
    const otherwise = 'Who proposed this change is no membership officer any more; propose it anew.'
    await requireTwoOfficers(tx, { proposer: change.proposed_by, approver: actor.person, otherwise })
    await requireStanding(app, tx, change, member)
    return showChange(app, await carryOut(app, tx, { member, change, by: actor.person, actor: actor.person }), app.clock.now())
  })
}

/** Refuses or takes back a proposal; nothing changed by it. Throws NOT_FOUND, and CONFLICT once it was carried out or closed. */
export async function closeChange(app: App, actor: OperatorActor, id: ChangeId): Promise<void> {
  await app.db.transaction(actor, async (tx) => {
    const { change, member } = await lockWaiting(app, tx, actor, id, true)
    await setChangeClosed(tx, id, app.clock.now(), actor.person)
    app.audit.record(tx, { action: 'member.change-closed', subject: change.organisation_id, binds: [changeRow({ id })], details: { kind: change.kind } })
    await tellOfStanding(app, tx, member, 'member.change-closed', actor.person)
  })
}

interface Asked {
  readonly member: StoredMember
  readonly wish: Wish
  readonly at: Date
  readonly review: StoredChange | undefined
}

/** What the member shall hold. Throws for a change that does not fit what it holds. */
async function wanted(tx: Tx, { member, wish, at, review }: Asked): Promise<Held> {
  const { tier, state, until, jurisdiction } = member
  const held: Held = { tier, state, until, jurisdiction }
  if (state === 'terminated') throw new Problem('CONFLICT', 'This membership was terminated: the organisation has to apply anew.')
  switch (wish.kind) {
    case 'tier':
      return different(held, { ...held, tier: wish.tier })
    case 'suspend':
      return different(held, { ...held, state: 'suspended' })
    case 'reinstate':
      if (state !== 'suspended') throw new Problem('CONFLICT', 'This member is not suspended.')
      if (review) throw new Problem('CONFLICT', 'A review of this member is open; decide it first.')
      return { ...held, state: 'active' }
    case 'terminate':
      if (wish.successor !== undefined) await requireSuccessor(tx, member, wish.successor)
      return { ...held, state: 'terminated' }
    case 'jurisdiction':
      if (!(await loadCeilings(tx, at)).of(member.operator, wish.jurisdiction)) throw refused('/body/jurisdiction', 'a policy that is in force')
      return different(held, { ...held, jurisdiction: wish.jurisdiction })
    case 'renew':
      return different(held, { ...held, until: renewedUntil(member, at, await programmeZone(tx, member.operator)) })
    case 'review':
      if (review) throw new Problem('CONFLICT', 'A review of this member is open already.')
      return { ...held, state: wish.cause !== 'reach' && state === 'active' ? 'paused' : state }
    case 'review-decision':
      if (!review) throw new Problem('CONFLICT', 'No review of this member is open.')
      return { ...held, state: decided(state, wish.outcome) }
    default:
      wish satisfies never
      throw new Problem('VALIDATION_FAILED')
  }
}

function decided(state: Held['state'], outcome: 'keep' | 'suspend' | 'terminate'): Held['state'] {
  if (outcome === 'keep') return state === 'paused' ? 'active' : state
  return outcome === 'suspend' ? 'suspended' : 'terminated'
}

function different(before: Held, after: Held): Held {
  const same =
    before.tier === after.tier &&
    before.state === after.state &&
    before.jurisdiction === after.jurisdiction &&
    before.until?.getTime() === after.until?.getTime()
  if (same) throw new Problem('CONFLICT', 'The member holds that already.')
  return after
}

async function requireSuccessor(tx: Tx, member: StoredMember, successor: OrganisationId): Promise<void> {
  const found = successor === member.organisation ? undefined : await findMember(tx, { operator: member.operator, organisation: successor })
  if (!found || found.state === 'terminated') throw refused('/body/successor', 'another member of yours')
}

interface Decided extends Asked {
  readonly after: Held
  readonly needsSecond: boolean
}

async function writeDown(app: App, tx: Tx, actor: OperatorActor, { member, wish, after, needsSecond, at, review }: Decided): Promise<StoredChange> {
  const { tier, state, until, jurisdiction } = member
  const expired = await listWaiting(tx, member, { kind: wish.kind, at })
  for (const id of expired) await setChangeClosed(tx, id, at, actor.person)
  const waiting = new Set(await listWaiting(tx, member))
  const id = app.ids.next<'membership-change'>() as ChangeId
  if (needsSecond && waiting.size > 0) throw new Problem('CONFLICT', 'A change of this member waits already; approve or refuse it first.')
  await insertChange(tx, {
    id,
    operator: actor.operator,
    organisation: member.organisation,
    kind: wish.kind,
    before: { tier, state, until, jurisdiction },
    after,
    reason: sealReason(app, id, 'reason', wish.reason),
    evidence: wish.evidence === undefined ? null : sealReason(app, id, 'evidence', wish.evidence),
    backAccess: 'backAccess' in wish && wish.backAccess && after.state === 'active',
    cause: wish.kind === 'review' ? wish.cause : null,
    review: wish.kind === 'review-decision' ? review!.id : null,
    successor: wish.kind === 'terminate' ? (wish.successor ?? null) : null,
    by: actor.person,
    at,
    expiresAt: new Date(at.getTime() + PROPOSAL_DAYS * DAY_MS),
    needsSecond,
  })
  if (expired.length > 0)
    app.audit.record(tx, { action: 'member.changes-expired', subject: member.organisation, binds: expired.map((one) => changeRow({ id: one })) })
  return (await lockChange(tx, actor.operator, id))!
}

const DONE: Readonly<Record<StoredChange['kind'], string>> = {
  tier: 'member.tier-changed',
  suspend: 'member.suspended',
  reinstate: 'member.reinstated',
  terminate: 'member.terminated',
  jurisdiction: 'member.jurisdiction-changed',
  renew: 'member.renewed',
  review: 'member.review-opened',
  'review-decision': 'member.review-decided',
}

interface Carried {
  readonly member: StoredMember
  readonly change: StoredChange
  /** The second officer, where it took one. */
  readonly by: PersonId | undefined
  readonly actor: PersonId
}

async function carryOut(app: App, tx: Tx, { member, change, by, actor }: Carried): Promise<StoredChange> {
  const at = app.clock.now()
  await setChangeDone(tx, change.id, at, by)
  const isOther = JSON.stringify(change.before) !== JSON.stringify(change.after)
  const binds = isOther ? await setHeld(tx, member, change.after, change.back_access ? change.id : undefined) : []
  const isOut = change.after.state === 'suspended' || change.after.state === 'terminated'
  const ended = isOther && isOut ? await endAccess(tx, member.organisation, at) : []
  app.audit.record(tx, {
    action: DONE[change.kind],
    subject: change.organisation_id,
    binds: [changeRow({ id: change.id }), ...binds, ...ended],
    details: detailsOf(change),
  })
  if (change.kind === 'review' || isOther) await closeWaiting(app, tx, { member, by: actor, at })
  await tellOfStanding(app, tx, member, isOther ? 'member.standing-changed' : 'member.review-opened', actor)
  return (await lockChange(tx, change.operator_id, change.id))!
}

/** Closes whatever waits for this member: it was proposed for one that held something else, or of whom less was known. */
async function closeWaiting(app: App, tx: Tx, { member, by, at }: { readonly member: StoredMember; readonly by: PersonId; readonly at: Date }): Promise<void> {
  const waiting = await listWaiting(tx, member)
  if (waiting.length === 0) return
  for (const id of waiting) await setChangeClosed(tx, id, at, by)
  app.audit.record(tx, { action: 'member.change-closed', subject: member.organisation, binds: waiting.map((id) => changeRow({ id })) })
  await tellOfStanding(app, tx, member, 'member.change-closed', by)
}

/** Facts of a change for its leaf: no reason, which may name people. */
function detailsOf({ kind, before, after, back_access: backAccess, cause, successor_id: successor }: StoredChange) {
  const plain = ({ tier, state, until, jurisdiction }: Held) => ({ tier, state, until: until?.toISOString() ?? null, jurisdiction })
  return { kind, before: plain(before), after: plain(after), backAccess, cause, successor }
}

async function lockWaiting(app: App, tx: Tx, actor: OperatorActor, id: ChangeId, evenExpired = false): Promise<{ change: StoredChange; member: StoredMember }> {
  const found = await lockChange(tx, actor.operator, id)
  const member = found && (await lockMember(tx, { operator: actor.operator, organisation: found.organisation_id }))
  if (!found || !member) throw new Problem('NOT_FOUND')
  const waits = found.done_at === null && found.closed_at === null && (evenExpired || app.clock.now() < found.expires_at)
  if (!waits) throw new Problem('CONFLICT', 'This change does not wait any more.')
  return { change: found, member }
}

async function requireStanding(app: App, tx: Tx, change: StoredChange, member: StoredMember): Promise<void> {
  const { before, after } = change
  const isSame =
    before.tier === member.tier &&
    before.state === member.state &&
    before.jurisdiction === member.jurisdiction &&
    before.until?.getTime() === member.until?.getTime()
  if (!isSame) throw new Problem('CONFLICT', 'The member holds something else by now; propose the change anew.')
  const ceilings = await loadCeilings(tx, app.clock.now())
  if (after.jurisdiction !== before.jurisdiction && !ceilings.of(change.operator_id, after.jurisdiction))
    throw new Problem('CONFLICT', 'This policy is not in force any more.')
  const review = await findOpenReview(tx, member)
  if (review?.id !== (change.review_id ?? undefined))
    throw new Problem('CONFLICT', review ? 'A review of this member is open; decide it first.' : 'The review that this decides is not open any more.')
}

function refused(field: string, message: string): Problem {
  return new Problem('VALIDATION_FAILED', undefined, { fields: [{ field, message }] })
}
