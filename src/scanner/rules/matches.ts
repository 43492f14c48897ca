import { z } from 'zod'

/** How much of what rules say of one file is kept. */
export const MOST_MATCHES = 200
export const MOST_PLACES_OF_MATCH = 5

/** A rule that matches in an object of a file. */
export const RuleMatch = z.strictObject({
  /** The set that the rule is of. */
  set: z.string().max(300),
  rule: z.string().max(300),
  tags: z.array(z.string().max(200)).max(100),
  meta: z.record(z.string().max(200), z.string().max(500)),
  /** Of the object, through its containers. */
  path: z.string().max(4096),
  places: z.array(z.strictObject({ pattern: z.string().max(200), offset: z.int().nonnegative(), length: z.int().nonnegative() })).max(MOST_PLACES_OF_MATCH),
})
export type RuleMatch = z.infer<typeof RuleMatch>

/** What the matching process answers for one file. */
export const MatchAnswer = z.strictObject({
  sha256: z.string().length(64),
  matches: z.array(RuleMatch).max(MOST_MATCHES),
  /** More rules matched than are kept. */
  more: z.boolean(),
})
export type MatchAnswer = z.infer<typeof MatchAnswer>

/** What it answers to the rules. */
export const CompileAnswer = z.strictObject({
  engine: z.enum(['native', 'portable']),
  faults: z.array(z.strictObject({ set: z.string(), file: z.string(), line: z.int(), column: z.int(), message: z.string().max(1000) })).max(200),
})
export type CompileAnswer = z.infer<typeof CompileAnswer>
