import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { staffWith } from '#platform/auth/people-store.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { notify } from '#platform/notices/notify.ts'
import { requireTwoPublishers } from '#platform/auth/holds-role.ts'
import { requireFree, requireSound } from '#program/releases/rules/check-rules.ts'
import type { ProposedRules } from '#program/releases/rules/contract.ts'
import { listPeopleOfMembers, operatorName } from '#program/releases/rules/people-store.ts'
import {
  findRules,
  heldMonths,
  lockCalendar,
  parseMonth,
  programmeRow,
  ruleHistory,
  setRulesAdopted,
  setRulesWithdrawn,
  type ProgrammeId,
  type StoredRules,
} from '#program/releases/rules/rules-store.ts'
import { showProposed } from '#program/releases/rules/show-rules.ts'

/** How many people are told with one statement. */
const TOLD_AT_ONCE = 2000

/**
 * The second publisher puts proposed rules in force, from the cycle that the proposal names on. Throws NOT_FOUND,
 * SECOND_PERSON_NEEDED for who proposed them, VALIDATION_FAILED when they are not right for the next 24 months any more, and
 * CONFLICT when they do not wait, their first cycle has begun or holds a package by now, or their proposer is no publisher any more.
 */
export async function adoptRules(app: App, actor: OperatorActor, id: ProgrammeId): Promise<z.input<typeof ProposedRules>> {
  const { operator, person } = actor
  return app.db.transaction(actor, async (tx) => {
    await lockCalendar(tx, operator, 'adopts')
    const row = await requireWaiting(tx, actor, id)
    const otherwise = 'Who proposed these rules is no publisher any more; propose them again.'
    await requireTwoPublishers(tx, { proposer: row.proposed_by, approver: person, otherwise })
    const at = app.clock.now()
    const history = await ruleHistory(tx, operator)
    requireSound(row.rules, history, at)
    requireFree(row.rules, parseMonth(row.from_month), history, await heldMonths(tx, operator), at)
    await setRulesAdopted(tx, operator, id, person, at)
    await tell(app, tx, actor)
    const details = { rules: `${row.name}@${row.version}`, from: row.from_month }
    app.audit.record(tx, { action: 'programme.adopted', subject: id, binds: [programmeRow({ id })], details })
    return showProposed((await findRules(tx, operator, id))!)
  })
}

/** Takes proposed rules back, one's own or another's; they were never in force. Throws NOT_FOUND, and CONFLICT when they do not wait. */
export async function withdrawRules(app: App, actor: OperatorActor, id: ProgrammeId): Promise<void> {
  await app.db.transaction(actor, async (tx) => {
    await lockCalendar(tx, actor.operator, 'adopts')
    await requireWaiting(tx, actor, id)
    await setRulesWithdrawn(tx, id, app.clock.now())
    app.audit.record(tx, { action: 'programme.withdrawn', subject: id, binds: [programmeRow({ id })] })
  })
}

async function requireWaiting(tx: Tx, { operator }: OperatorActor, id: ProgrammeId): Promise<StoredRules> {
  const row = await findRules(tx, operator, id)
  if (!row) throw new Problem('NOT_FOUND')
  if (row.adopted_at) throw new Problem('CONFLICT', 'These rules were adopted already; propose them again to return to them.')
  if (row.withdrawn_at) throw new Problem('CONFLICT', 'These rules were withdrawn; propose them again.')
  return row
}

/** When a programme releases is public, so everybody of its members is told that it changes. */
async function tell(app: App, tx: Tx, { operator, person }: OperatorActor): Promise<void> {
  const others = (await staffWith(tx, operator, 'publisher')).filter((one) => one !== person)
  await notify(app, tx, others, 'programme.adopted')
  const people = await listPeopleOfMembers(tx, operator)
  const name = await operatorName(tx, operator)
  for (let at = 0; at < people.length; at += TOLD_AT_ONCE) await notify(app, tx, people.slice(at, at + TOLD_AT_ONCE), 'programme.changed', { operator, name })
}
