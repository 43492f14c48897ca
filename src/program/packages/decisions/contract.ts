import { z } from 'zod'
import { idSchema } from '#platform/ids.ts'
import { PACKAGE_STATES, PackageParams } from '#program/packages/contract.ts'

/**
 * What two publishers decide about a version: to take it out of its cycle, to end all access, to take it back after it was public,
 * and, of a revision, that vulnerabilities leave the package before the release and stay under embargo.
 */
export const DECISION_ACTS = ['defer', 'pull', 'withdraw', 'defer-cves'] as const
export type DecisionAct = (typeof DECISION_ACTS)[number]

const at = z.date().transform((date) => date.toISOString())
const ByAt = z.object({ by: z.object({ id: z.string(), name: z.string() }), at })

/** `POST /api/packages/:id/decisions`. `reason` may name what is under embargo: it is sealed. */
export const ProposeDecision = z.strictObject({
  version: z.number().int().min(1).max(1_000_000),
  act: z.enum(DECISION_ACTS),
  reason: z.string().trim().min(1).max(4000),
})

/** A decision about a version. `closed`: the version changed before anybody confirmed it, so nothing was done. */
export const DecisionView = z.object({
  id: z.string(),
  package: z.string(),
  version: z.number().int(),
  /** Of the version, now. */
  versionState: z.enum(PACKAGE_STATES),
  act: z.enum(DECISION_ACTS),
  /** Null for roles that do not read the bulletin. */
  reason: z.string().nullable(),
  /** CVE ids that leave the package; empty for other acts, and for roles that do not read the bulletin. */
  cves: z.array(z.string()),
  state: z.enum(['waits', 'confirmed', 'withdrawn', 'closed']),
  proposed: ByAt,
  confirmed: ByAt.nullable(),
  withdrawn: ByAt.nullable(),
  closedAt: at.nullable(),
})
export const DecisionList = z.object({ items: z.array(DecisionView) })
export const DecisionParams = PackageParams.extend({ decision: idSchema<'decision'>() })
