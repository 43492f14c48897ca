import { z } from 'zod'
import { PageQuery, pageOf } from '#platform/http/page.ts'
import { idSchema } from '#platform/ids.ts'
import { TLP_LABELS } from '#program/packages/contract.ts'

const instant = z.date().transform((date) => date.toISOString())
const digest = z.string().regex(/^[0-9a-f]{64}$/)

/** Bytes of UTF-8 that one set may have. */
export const MOST_TEXT_BYTES = 2 ** 20
/** Sets of one owner, deleted ones not counted. */
export const MOST_SETS = 50
/** Bytes of all versions of all sets of one owner. */
export const MOST_OWNER_BYTES = 32 * 2 ** 20
/** Largest body with a text of the most bytes, whichever of its characters JSON escapes. */
export const MOST_BODY_BYTES = 6 * MOST_TEXT_BYTES + 4096

const name = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[^\p{C}\p{Zl}\p{Zp}]+$/u, 'one line without control characters')
const text = z
  .string()
  .min(1)
  .refine((value) => new TextEncoder().encode(value).length <= MOST_TEXT_BYTES, `at most ${MOST_TEXT_BYTES} bytes`)
const tlp = z.enum(TLP_LABELS)
const version = z.int().positive()

/** `POST /api/yara-sets`. `operator` is needed only by an organisation that is a member of several. */
export const AddYaraSet = z.strictObject({ name, tlp, text, operator: idSchema<'operator'>().optional() })
/** `PUT /api/yara-sets/:id`: `version` is the one that it takes the place of. */
export const ReplaceYaraSet = z.strictObject({ name, tlp, text, version })
/** `PUT /api/yara-sets/:id/state`. */
export const YaraSetState = z.strictObject({ enabled: z.boolean() })

export const YaraSetParams = z.object({ id: idSchema<'yara-set'>() })
export const YaraVersionParams = YaraSetParams.extend({ version: z.coerce.number().pipe(version) })
export const YaraSetQuery = PageQuery

/** A set as its reader may know it. */
export const YaraSet = z.object({
  id: z.string(),
  name: z.string(),
  tlp,
  enabled: z.boolean(),
  version,
  sha256: digest,
  /** In bytes. */
  size: z.int(),
  /** Whose it is, to its reader; the name of another member is not told to members. */
  owner: z.object({ kind: z.enum(['operator', 'own', 'member']), name: z.string().nullable() }),
  changedAt: instant,
  /** Told to the owner's people and the operator's. */
  changedBy: z.string().nullable(),
})
export const YaraSetPage = pageOf(YaraSet)

/** A set with its versions, the newest first; those that the reader may not know are not among them. */
export const YaraSetDetails = YaraSet.extend({
  versions: z.array(z.object({ version, tlp, sha256: digest, size: z.int(), addedAt: instant, addedBy: z.string().nullable() })),
})
export const YaraSetText = z.object({ version, sha256: digest, text: z.string() })

/** A set that a submission was matched against, in its report: only those that the reader may know. */
export const MatchedSet = z.strictObject({
  name: z.string(),
  owner: z.enum(['vedette', 'operator', 'own', 'member']),
  /** Null for the rules that Vedette brings. */
  version: version.nullable(),
  /** Of the text that was matched. */
  sha256: digest,
  tlp,
  /** `not-matched`: the verdict's `not_checked` says why. */
  outcome: z.enum(['matched', 'none', 'not-matched']),
})
export type MatchedSet = z.infer<typeof MatchedSet>
