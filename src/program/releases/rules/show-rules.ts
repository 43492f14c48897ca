import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { formatMonth, type Release } from '#program/releases/release.ts'
import type { ProgrammeRules, ProposedRules } from '#program/releases/rules/contract.ts'
import { listDrifts } from '#program/releases/rules/drift-store.ts'
import { plannedReleases, programmeInForce, programmeOf } from '#program/releases/rules/in-force.ts'
import { MONTHS_AHEAD } from '#program/releases/rules/rule-faults.ts'
import { toRuleSet } from '#program/releases/rules/rule-set.ts'
import { listRules, ruleHistory, type StoredRules } from '#program/releases/rules/rules-store.ts'
import { releaseKey } from '#program/releases/upcoming.ts'

const MOST_SHOWN = 100

/** The rules in force, what was proposed, and the cycles of the next 24 months. */
export async function showRules(app: App, actor: OperatorActor): Promise<z.input<typeof ProgrammeRules>> {
  return app.db.read(actor, async (tx) => {
    const now = app.clock.now()
    const history = await ruleHistory(tx, actor.operator)
    const proposals = await listRules(tx, actor.operator, MOST_SHOWN)
    const programme = programmeInForce(history)
    const own = proposals.find(({ name, version }) => `${name}@${version}` === programme.id)
    const from = history.at(-1)?.from
    return {
      inForce: { id: programme.id, rules: own?.rules ?? toRuleSet(programme), from: from ? formatMonth(from) : null },
      proposals: proposals.map(showProposed),
      cycles: plannedReleases(now, history, { months: MONTHS_AHEAD }).map(({ month, release }) => ({
        ...showCycle(release),
        month: formatMonth(month),
        rules: programmeOf(month, history).id,
        begun: release.windows.validate <= now,
      })),
      calendarEnds: programme.calendar.to,
      drifts: await showDrifts(tx, actor, now),
    }
  })
}

export function showProposed(row: StoredRules): z.input<typeof ProposedRules> {
  const { id, name, version, rules, from_month: from, adopted_by: adopter, adopted_at: adoptedAt, withdrawn_at: withdrawnAt } = row
  return {
    id: `${name}@${version}`,
    rules,
    proposal: id,
    from,
    state: adoptedAt ? 'adopted' : withdrawnAt ? 'withdrawn' : 'waits',
    proposed: { by: { id: row.proposed_by, name: row.proposer_name }, at: row.proposed_at },
    adopted: adopter && adoptedAt ? { by: { id: adopter, name: row.adopter_name ?? '' }, at: adoptedAt } : null,
    withdrawnAt,
  }
}

/** The instants of a release and how they came about. */
export function showCycle({ instant, zone, rule, calendar, windows }: Release) {
  return { instant, zone, rule, calendar, windows: { ...windows } }
}

async function showDrifts(tx: Tx, { operator }: OperatorActor, now: Date): Promise<z.input<typeof ProgrammeRules>['drifts']> {
  return (await listDrifts(tx, operator, now)).map(({ stored, given, zoneData, notedAt }) => ({
    release: releaseKey(stored),
    stored: showCycle(stored),
    given: { instant: given.instant, windows: { ...given.windows } },
    zoneData,
    notedAt,
  }))
}
