import { z } from 'zod'
import { PageQuery, pageOf } from '#platform/http/page.ts'
import { idSchema } from '#platform/ids.ts'

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

const moment = z.iso.datetime().transform((text) => new Date(text))
const LeafFilter = z.object({
  action: z.string().max(100).optional(),
  /** Id of who did it. */
  actor: idSchema<'person'>().optional(),
  /** Id of what it was done to. */
  subject: idSchema<'subject'>().optional(),
  from: moment.optional(),
  /** Not included. */
  to: moment.optional(),
})
/** `GET /api/log/leaves`; every part narrows the list. */
export const LeafQuery = PageQuery.extend(LeafFilter.shape)
/** `GET /api/log/export`. */
export const ExportQuery = LeafFilter
const count = z
  .string()
  .regex(/^(0|[1-9]\d{0,14})$/, 'a whole number')
  .transform(Number)
export const LeafParams = z.object({ index: count })

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

const size = count.refine((value) => value > 0, 'at least 1')
/** Two sizes of the log; the later is the newest unless said. */
export const ConsistencyQuery = z.object({ from: size, to: size.optional() })
/** That the tree of `from` leaves is the beginning of the tree of `to` leaves (RFC 6962, section 2.1.2). */
export const ConsistencyProof = z.object({ from: z.number().int(), to: z.number().int(), fromRoot: hex32, toRoot: hex32, path: z.array(hex32) })

/** Where a tile of hashes lies (c2sp.org/tlog-tiles): level of tiles, and the path of its number, `x001/234` or `x001/234.p/7`. */
export const TileParams = z.object({
  level: z
    .string()
    .regex(/^[0-6]$/)
    .transform(Number),
  '*': z.string().max(60),
})
