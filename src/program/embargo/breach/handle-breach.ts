import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import { staffWith } from '#platform/auth/people-store.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { OrganisationId } from '#platform/ids.ts'
import { notify } from '#platform/notices/notify.ts'
import type { BreachView, DecideBreach, TellMembers, TriageBreach } from '#program/embargo/breach/contract.ts'
import { namesIn } from '#program/embargo/breach/naming.ts'
import { showBreach } from '#program/embargo/breach/show-breach.ts'
import {
  breachRow,
  holdersOf,
  insertMessage,
  listMembers,
  lockBreach,
  messageRow,
  peopleOf,
  readerRow,
  updateBreach,
  type BreachId,
  type MessageId,
  type StoredBreach,
} from '#program/embargo/breach/store.ts'
import { lockEnds } from '#program/embargo/end-store.ts'
import { seal } from '#program/embargo/sealed.ts'
import { holdsRole } from '#platform/auth/holds-role.ts'

type View = z.input<typeof BreachView>

/** A tracer takes a report on, says whom it is about, and which early end came of it. Throws NOT_FOUND, CONFLICT once it is decided, VALIDATION_FAILED. */
export function triageBreach(app: App, actor: OperatorActor, id: BreachId, { accused, end }: z.output<typeof TriageBreach>): Promise<View> {
  return app.db.transaction(actor, async (tx) => {
    const breach = await lockUndecided(tx, actor, id)
    if (accused && !(await listMembers(tx, actor.operator)).some((member) => member.id === accused)) throw refused('/body/accused', 'a member of yours')
    if (end && (await lockEnds(tx, actor.operator, end)).length === 0) throw refused('/body/end', 'an early end of yours')
    if (breach.state === 'decision-proposed') throw new Problem('CONFLICT', 'A decision waits: confirm it, or propose another.')
    await updateBreach(tx, id, {
      state: 'in-triage',
      triaged_by: actor.person,
      triaged_at: app.clock.now(),
      ...(accused === undefined ? {} : { accused_id: accused }),
      ...(end === undefined ? {} : { end_id: end }),
    })
    app.audit.record(tx, { action: 'breach.triaged', subject: id, binds: [breachRow({ id })] })
    return showBreach(app, tx, actor, id)
  })
}

/**
 * Tells members what they must know, in exactly these words. Before the decision the words name no member, and after it only the one
 * that the decision lets be named. Throws NOT_FOUND, and VALIDATION_FAILED for readers that are no members and words that name one.
 */
export function tellMembers(app: App, actor: OperatorActor, id: BreachId, { body, readers }: z.output<typeof TellMembers>): Promise<View> {
  return app.db.transaction(actor, async (tx) => {
    const breach = await lockBreach(tx, actor.operator, id)
    if (!breach) throw new Problem('NOT_FOUND')
    const members = await listMembers(tx, actor.operator)
    const to = await chosenOf(tx, breach, readers, members)
    const nameable = breach.state === 'decided' && breach.names_accused === true ? breach.accused_id : null
    const hidden = members.filter((member) => member.id !== nameable)
    if (
      namesIn(
        body,
        hidden.map(({ name }) => name),
      ).length > 0
    )
      throw refused('/body/body', 'words that name no member: whom a report is about is not said before two people have decided that it may be')
    const message = app.ids.next<'breach-message'>() as MessageId
    const sealed = seal(app, 'breach_message.body', message, body)
    await insertMessage(tx, { id: message, breach_id: id, operator_id: actor.operator, body: sealed, sent_by: actor.person, sent_at: app.clock.now() }, to)
    const binds = [messageRow({ id: message }), ...to.map((reader) => readerRow(message, reader))]
    app.audit.record(tx, { action: 'breach.members-told', subject: id, binds, details: { message, readers: to.length } })
    await notify(app, tx, await peopleOf(tx, to), 'breach.message', { operator: actor.operator })
    return showBreach(app, tx, actor, id)
  })
}

/** A tracer proposes what becomes of a report; it replaces an earlier proposal. Throws NOT_FOUND, CONFLICT once it is decided. */
export function proposeDecision(
  app: App,
  actor: OperatorActor,
  id: BreachId,
  { outcome, namesAccused, reasons }: z.output<typeof DecideBreach>,
): Promise<View> {
  return app.db.transaction(actor, async (tx) => {
    const breach = await lockUndecided(tx, actor, id)
    if (namesAccused && (outcome !== 'breach' || !breach.accused_id)) throw refused('/body/namesAccused', 'true only for a breach by a member that is known')
    const at = app.clock.now()
    // A confirmation names the decision by its instant.
    if (breach.proposed_at && breach.proposed_at >= at) throw new Problem('CONFLICT', 'A decision was proposed at this moment; read it, then send yours again.')
    await updateBreach(tx, id, {
      state: 'decision-proposed',
      outcome,
      names_accused: namesAccused,
      reasons: seal(app, 'breach_report.reasons', id, reasons),
      proposed_by: actor.person,
      proposed_at: at,
    })
    app.audit.record(tx, { action: 'breach.decision-proposed', subject: id, binds: [breachRow({ id })], details: { outcome } })
    const others = [...(await staffWith(tx, actor.operator, 'tracer')), ...(await staffWith(tx, actor.operator, 'publisher'))].filter(
      (person) => person !== actor.person,
    )
    await notify(app, tx, others, 'breach.decision-proposed')
    return showBreach(app, tx, actor, id)
  })
}

/**
 * Another tracer, or a publisher, agrees to exactly the decision that waits since `proposedAt`. Throws NOT_FOUND, SECOND_PERSON_NEEDED,
 * CONFLICT where nothing waits or who proposed it is no tracer any more, and PRECONDITION_FAILED when another decision waits by now.
 */
export function confirmDecision(app: App, actor: OperatorActor, id: BreachId, proposedAt: Date): Promise<View> {
  return app.db.transaction(actor, async (tx) => {
    const breach = await lockUndecided(tx, actor, id)
    if (breach.state !== 'decision-proposed' || !breach.proposed_by) throw new Problem('CONFLICT', 'No decision waits here.')
    if (breach.proposed_by === actor.person) throw new Problem('SECOND_PERSON_NEEDED', 'Another person than the one who proposed this has to confirm it.')
    if (breach.proposed_at?.getTime() !== proposedAt.getTime())
      throw new Problem('PRECONDITION_FAILED', 'Another decision waits by now: read it again, then confirm that one.')
    if (!(await holdsRole(tx, breach.proposed_by, 'tracer'))) throw new Problem('CONFLICT', 'Who proposed this is no tracer any more; propose it anew.')
    await updateBreach(tx, id, { state: 'decided', decided_by: actor.person, decided_at: app.clock.now() })
    app.audit.record(tx, { action: 'breach.decided', subject: id, binds: [breachRow({ id })], details: { outcome: breach.outcome } })
    return showBreach(app, tx, actor, id)
  })
}

/** The members that are to be told. Throws VALIDATION_FAILED for one that is none, and where nobody would be. */
async function chosenOf(
  tx: Tx,
  { package_id: id }: StoredBreach,
  readers: z.output<typeof TellMembers>['readers'],
  members: Awaited<ReturnType<typeof listMembers>>,
): Promise<OrganisationId[]> {
  const active = members.filter(({ isActive }) => isActive).map((member) => member.id)
  if (typeof readers !== 'string') {
    const unknown = readers.findIndex((reader) => !active.includes(reader))
    if (unknown !== -1) throw refused(`/body/readers/${unknown}`, 'a member of yours')
    return [...new Set(readers)]
  }
  const holders = readers === 'holders' ? await holdersOf(tx, id) : active
  const chosen = active.filter((member) => holders.includes(member))
  if (chosen.length === 0) throw refused('/body/readers', 'somebody: nobody holds the package')
  return chosen
}

async function lockUndecided(tx: Tx, { operator }: OperatorActor, id: BreachId): Promise<StoredBreach> {
  const breach = await lockBreach(tx, operator, id)
  if (!breach) throw new Problem('NOT_FOUND')
  if (breach.state === 'decided') throw new Problem('CONFLICT', 'It was decided already.')
  return breach
}

function refused(field: string, message: string): Problem {
  return new Problem('VALIDATION_FAILED', undefined, { fields: [{ field, message }] })
}
