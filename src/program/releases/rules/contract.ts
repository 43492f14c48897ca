import { z } from 'zod'
import { idSchema } from '#platform/ids.ts'
import { CALENDAR_IDS } from '#program/releases/holiday-calendar.ts'
import { MONTHS_AHEAD } from '#program/releases/rules/rule-faults.ts'
import { PRESET_RULES, RuleSet, WEEKDAYS } from '#program/releases/rules/rule-set.ts'

export { CALENDAR_IDS, MONTHS_AHEAD, PRESET_RULES, RuleSet, WEEKDAYS }

const at = z.date().transform((date) => date.toISOString())
const who = z.object({ id: z.string(), name: z.string() })
const month = z.string().regex(/^(19|20|21)\d{2}-(0[1-9]|1[0-2])$/, 'a month such as 2027-01')

/** `POST /api/programme-rules`: other rules, and the month of the first cycle that follows them. */
export const ProposeRules = z.strictObject({ rules: RuleSet, from: month })

/** When somebody of a member works, to see what a weekend leaves of a window. */
const Worker = z.strictObject({
  zone: z.string().min(1).max(64),
  weekend: z.array(z.enum(WEEKDAYS)).max(6),
  from: z.number().int().min(0).max(23).default(9),
  to: z.number().int().min(1).max(23).default(17),
})
/** `POST /api/programme-rules/preview`: as a proposal; `from` null for the first cycle that can still follow them. Nothing is kept. */
export const PreviewRules = z.strictObject({ rules: RuleSet, from: month.nullable().default(null), member: Worker.nullable().default(null) })

const windows = z.object({ validate: at, advance: at, entry: at })
const Cycle = z.object({ instant: at, zone: z.string(), rule: z.string(), calendar: z.string().nullable(), windows })
const number = z.number().nullable()
const gain = z.object({ before: number, after: number, gained: number })

export const CycleChangeView = z.object({
  month: z.string(),
  /** Whether it would follow the new rules. */
  taken: z.boolean(),
  change: z.enum(['same', 'moved', 'appears', 'vanishes']),
  before: Cycle.nullable(),
  after: Cycle.nullable(),
  /** Hours from opening to release. */
  hours: z.object({ validate: gain, advance: gain, entry: gain }),
  /** Hours of each window, by the new rules, in which the member that was asked about works; openings do not move for it. */
  working: z.object({ validate: z.number(), advance: z.number(), entry: z.number() }).nullable(),
})
export const RulesPreview = z.object({
  from: z.string(),
  /** The first cycle that would be taken over although it has begun or holds a package; null when the rules can be adopted. */
  blocked: z.string().nullable(),
  cycles: z.array(CycleChangeView),
})

const RulesView = z.object({ id: z.string(), rules: RuleSet })
/** A rule set that a publisher proposed. */
export const ProposedRules = RulesView.extend({
  proposal: z.string(),
  from: z.string(),
  state: z.enum(['waits', 'adopted', 'withdrawn']),
  proposed: z.object({ by: who, at }),
  adopted: z.object({ by: who, at }).nullable(),
  withdrawnAt: at.nullable(),
})
/** Rules adopted last with the first cycle that follows them (null: all do), every proposal with the newest first, the cycles of the next 24 months. */
export const ProgrammeRules = z.object({
  inForce: RulesView.extend({ from: z.string().nullable() }),
  proposals: z.array(ProposedRules),
  cycles: z.array(Cycle.extend({ month: z.string(), rules: z.string(), begun: z.boolean() })),
  /** Last day that the calendar in force knows. */
  calendarEnds: z.string(),
  /** Releases for which the rule gives other instants by newer zone data than those they were frozen with. */
  drifts: z.array(z.object({ release: z.string(), stored: Cycle, given: z.object({ instant: at, windows }), zoneData: z.string(), notedAt: at })),
})
export const RulesParams = z.object({ id: idSchema<'programme'>() })
