import { z } from 'zod'
import { pageOf } from '#platform/http/page.ts'
import { idSchema } from '#platform/ids.ts'
import { TIERS } from '#program/membership/contract.ts'
import { APPLICANT_KINDS, CRITERION_IDS, EVIDENCE_KINDS, NEEDS, RENEWALS, type CriterionId } from '#program/membership/criteria/criterion.ts'
import { PRESETS, type CriteriaPreset } from '#program/membership/criteria/presets.ts'

export { APPLICANT_KINDS, CRITERION_IDS, EVIDENCE_KINDS, NEEDS, RENEWALS }

const instant = z.date().transform((date) => date.toISOString())
const who = z.object({ id: z.string(), name: z.string() })
const line = z.string().trim().min(1).max(200)
const text = z.string().trim().min(1).max(2000)
export const CriterionIdSchema = z.enum(CRITERION_IDS)

/** One criterion of a set as an officer words it (criterion.ts). */
export const CriterionInput = z.strictObject({
  id: CriterionIdSchema,
  title: line,
  text,
  evidence: z.array(z.enum(EVIDENCE_KINDS)).min(1).max(EVIDENCE_KINDS.length),
  judged: text,
  need: z.enum(NEEDS),
  requiredFor: z.array(z.enum(TIERS)).max(TIERS.length).default([]),
  alternative: CriterionIdSchema.nullable().default(null),
  waivable: z.boolean().default(false),
  renewal: z.enum(RENEWALS),
  threshold: z.number().int().min(1).max(10_000_000_000).nullable().default(null),
})

const Edited = z.strictObject({
  /** Lower-case letters, digits and dashes; the version is counted for it. */
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,59}$/, 'a name of lower-case letters, digits and dashes'),
  kind: z.enum(APPLICANT_KINDS),
  criteria: z.array(CriterionInput).min(1).max(CRITERION_IDS.length),
})
const Preset = z.strictObject({ preset: z.enum(Object.keys(PRESETS) as [CriteriaPreset, ...CriteriaPreset[]]) })

/** A set to be adopted: one that ships with Vedette, or an operator's own. */
export const ProposeSet = z.union([Preset, Edited])

/** One criterion as it is shown. */
export const CriterionView = z.object({
  id: CriterionIdSchema,
  title: z.string(),
  text: z.string(),
  evidence: z.array(z.enum(EVIDENCE_KINDS)),
  judged: z.string(),
  need: z.enum(NEEDS),
  requiredFor: z.array(z.enum(TIERS)),
  alternative: CriterionIdSchema.nullable(),
  waivable: z.boolean(),
  renewal: z.enum(RENEWALS),
  threshold: z.number().nullable(),
})
export const SetView = z.object({ id: z.string(), kind: z.enum(APPLICANT_KINDS), criteria: z.array(CriterionView) })

/** A set that an officer proposed; `name@version` is what decisions name. */
export const ProposedSet = SetView.extend({
  /** Id of the proposal; `set.id` is the set's name and version. */
  proposal: z.string(),
  proposedBy: who,
  proposedAt: instant,
  adoptedBy: who.nullable(),
  adoptedAt: instant.nullable(),
})

/** Sets in force, what ships with Vedette, and what was proposed, the newest first (the last 200). */
export const CriteriaSets = z.object({
  inForce: z.object({ vendor: SetView, responder: SetView }),
  presets: z.array(SetView),
  proposed: z.array(ProposedSet),
})

export const SetParams = z.object({ id: idSchema<'criteria-set'>() })

/** A member to whom the set will apply at its next renewal. */
export const AffectedMember = z.object({
  organisation: who,
  /** Due date of the next renewal. */
  dueOn: z.string(),
  /** Set under which it was last decided on; null when it was not by an application. */
  under: z.string().nullable(),
})
export const AffectedPage = pageOf(AffectedMember)

/** Faults of a set that its shape does not show, as pointer and message; empty when there are none. */
export function faultsOf(criteria: readonly { readonly id: CriterionId; readonly alternative: CriterionId | null }[]): { field: string; message: string }[] {
  const ids = criteria.map(({ id }) => id)
  return criteria.flatMap(({ id, alternative }, index) => {
    const faults: { field: string; message: string }[] = []
    if (ids.indexOf(id) !== index) faults.push({ field: `/body/criteria/${index}/id`, message: 'named twice' })
    if (alternative !== null && (alternative === id || !ids.includes(alternative))) {
      faults.push({ field: `/body/criteria/${index}/alternative`, message: 'another criterion of this set' })
    }
    return faults
  })
}
