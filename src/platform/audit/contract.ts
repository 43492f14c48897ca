import { z } from 'zod'
import { pageOf } from '#platform/http/page.ts'

const hex32 = z.string().regex(/^[0-9a-f]{64}$/)
const instant = z.date().transform((date) => date.toISOString())

/** One leaf as an auditor sees it. `body` is the exact text that was hashed: canonical JSON (RFC 8785). */
export const LeafView = z.object({
  index: z.number().int(),
  happenedAt: instant,
  action: z.string(),
  actor: z.object({ id: z.string().nullable(), name: z.string().nullable() }),
  subjectId: z.string().nullable(),
  body: z.string(),
  leafHash: hex32,
})
export const LeafPage = pageOf(LeafView)

/** A leaf with what is needed to check it against a signed checkpoint (RFC 6962, section 2.1.1; C2SP tlog-checkpoint). */
export const LeafProof = z.object({
  leaf: LeafView,
  size: z.number().int(),
  root: hex32,
  /** Audit path from the leaf's sibling to the root. */
  path: z.array(hex32),
  /** The C2SP signed note. */
  checkpoint: z.string(),
  /** Verifier key of the log, `name+hash+base64` (C2SP signed-note). */
  key: z.string(),
})
