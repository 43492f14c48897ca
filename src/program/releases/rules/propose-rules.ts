import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { staffWith } from '#platform/auth/people-store.ts'
import { notify } from '#platform/notices/notify.ts'
import { requireFree, requireSound } from '#program/releases/rules/check-rules.ts'
import type { ProposedRules, ProposeRules } from '#program/releases/rules/contract.ts'
import { SHIPPED_NAMES } from '#program/releases/rules/rule-set.ts'
import {
  findRules,
  heldMonths,
  insertRules,
  lastRulesVersion,
  parseMonth,
  programmeRow,
  ruleHistory,
  type ProgrammeId,
} from '#program/releases/rules/rules-store.ts'
import { showProposed } from '#program/releases/rules/show-rules.ts'

/**
 * Proposes other rules for the operator's calendar; nothing changes until another publisher adopts them. Throws VALIDATION_FAILED
 * for rules that are not right for the next 24 months, and CONFLICT for a first cycle that cannot follow them any more.
 */
export async function proposeRules(app: App, actor: OperatorActor, { rules, from }: z.output<typeof ProposeRules>): Promise<z.input<typeof ProposedRules>> {
  const { operator, person: by } = actor
  return app.db.transaction(actor, async (tx) => {
    const at = app.clock.now()
    const history = await ruleHistory(tx, operator)
    requireSound(rules, history, at)
    requireFree(rules, parseMonth(from), history, await heldMonths(tx, operator), at)
    const id = app.ids.next<'programme'>() as ProgrammeId
    // The first version of a name that Vedette ships is the shipped one.
    const version = Math.max(await lastRulesVersion(tx, operator, rules.name), SHIPPED_NAMES.has(rules.name) ? 1 : 0) + 1
    await insertRules(tx, { id, operator, version, rules, from, by, at })
    const others = (await staffWith(tx, operator, 'publisher')).filter((one) => one !== by)
    await notify(app, tx, others, 'programme.proposed')
    app.audit.record(tx, { action: 'programme.proposed', subject: id, binds: [programmeRow({ id })], details: { rules: `${rules.name}@${version}`, from } })
    return showProposed((await findRules(tx, operator, id))!)
  })
}
