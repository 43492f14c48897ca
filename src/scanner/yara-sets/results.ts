import { z } from 'zod'
import { idSchema } from '#platform/ids.ts'
import { TLP_LABELS } from '#program/packages/contract.ts'
import { RuleMatch } from '#scanner/rules/matches.ts'
import { NotScanned } from '#scanner/verdict/contract.ts'

const digest = z.string().regex(/^[0-9a-f]{64}$/)

/** What one version of a set said of a submission; `RuleMatch.set` holds the set's id. */
export const SetResult = z.strictObject({
  set: idSchema<'yara-set'>(),
  operator: idSchema<'operator'>(),
  /** Null: the operator's own. */
  owner: idSchema<'organisation'>().nullable(),
  /** The strictest of what the set and its rules that match were marked with. */
  tlp: z.enum(TLP_LABELS),
  version: z.int().positive(),
  sha256: digest,
  matches: z.array(RuleMatch),
  /** More matched than is kept. */
  more: z.boolean(),
  /** Why it was not matched; null: it was. */
  ended: NotScanned.shape.reason.nullable(),
})
export type SetResult = z.infer<typeof SetResult>

/** What rules said of a submission, kept sealed as one object: who may know which part of it is decided whenever somebody reads. */
export const SetResults = z.strictObject({
  /** Of the rules that Vedette brings: what they found is in the report itself. */
  own: z.strictObject({ sha256: digest, matched: z.boolean(), ended: NotScanned.shape.reason.nullable() }),
  sets: z.array(SetResult),
})
export type SetResults = z.infer<typeof SetResults>
