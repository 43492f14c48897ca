import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'
import { WINDOW_TIERS, type WindowTier } from '#program/releases/programme.ts'
import { formatMonth, type Release } from '#program/releases/release.ts'
import { requireSound } from '#program/releases/rules/check-rules.ts'
import { compareRules } from '#program/releases/rules/compare-rules.ts'
import { WEEKDAYS, type PreviewRules, type RulesPreview } from '#program/releases/rules/contract.ts'
import { firstFree, firstTaken } from '#program/releases/rules/in-force.ts'
import { toProgramme } from '#program/releases/rules/rule-set.ts'
import { heldMonths, parseMonth, ruleHistory } from '#program/releases/rules/rules-store.ts'
import { showCycle } from '#program/releases/rules/show-rules.ts'
import { workingHours, type WorkingTime } from '#program/releases/rules/working-hours.ts'
import { isZone } from '#program/releases/zoned-time.ts'

type Wish = z.output<typeof PreviewRules>

/** What the next 24 months would be by other rules; keeps nothing. Throws VALIDATION_FAILED for rules that could not be proposed. */
export async function previewRules(app: App, actor: OperatorActor, { rules, from, member }: Wish): Promise<z.input<typeof RulesPreview>> {
  const worker = member && toWorkingTime(member)
  return app.db.read(actor, async (tx) => {
    const now = app.clock.now()
    const history = await ruleHistory(tx, actor.operator)
    requireSound(rules, history, now)
    const programme = toProgramme(rules, 1)
    const begins = from === null ? firstFree(history, programme, now) : parseMonth(from)
    const proposed = { from: begins, programme }
    const blocked = firstTaken(history, proposed, await heldMonths(tx, actor.operator), now)
    return {
      from: formatMonth(begins),
      blocked: blocked ? formatMonth(blocked) : null,
      cycles: compareRules(history, proposed, now).map(({ month, taken, change, before, after, hours }) => ({
        month: formatMonth(month),
        taken,
        change,
        before: before && showCycle(before),
        after: after && showCycle(after),
        hours: { ...hours },
        working: worker && after && workingIn(after, worker),
      })),
    }
  })
}

function workingIn({ instant, windows }: Release, worker: WorkingTime): Record<WindowTier, number> {
  const hours = WINDOW_TIERS.map((tier) => [tier, workingHours({ from: windows[tier], to: instant }, worker)])
  return Object.fromEntries(hours) as Record<WindowTier, number>
}

function toWorkingTime({ zone, weekend, from, to }: NonNullable<Wish['member']>): WorkingTime {
  if (!isZone(zone)) throw refused('/body/member/zone', 'the IANA name of a zone')
  if (to <= from) throw refused('/body/member/to', 'later than the working day begins')
  return { zone, weekend: weekend.map((day) => WEEKDAYS.indexOf(day)), from, to }
}

function refused(field: string, message: string): Problem {
  return new Problem('VALIDATION_FAILED', undefined, { fields: [{ field, message }] })
}
