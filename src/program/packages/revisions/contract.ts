import { z } from 'zod'
import { PACKAGE_STATES } from '#program/packages/contract.ts'

const at = z.date().transform((date) => date.toISOString())
const Who = z.object({ id: z.string(), name: z.string() })
const number = z.coerce.number().int().min(1).max(1_000_000)

/** `POST /api/packages/:id/revisions`. `summary` becomes a line of the revision history of the content. */
export const StartRevision = z.strictObject({ summary: z.string().trim().min(1).max(4000) })

/** `GET /api/packages/:id`: a version, or the newest that the reader may know of. */
export const VersionQuery = z.object({ version: number.optional() })

/** One version of a package that the reader may know of. */
const VersionLine = z.object({
  version: z.number().int(),
  state: z.enum(PACKAGE_STATES),
  release: z.object({ instant: at, zone: z.string(), rule: z.string() }).nullable(),
  scheduledAt: at.nullable(),
  /** When the person who asks first received it; contacts only. */
  receivedAt: at.nullable(),
  /** What it was, in order, each from an instant on; empty for contacts. */
  steps: z.array(z.object({ state: z.enum(PACKAGE_STATES), at })),
  approvedBy: Who.nullable(),
  scheduledBy: Who.nullable(),
})
/** The newest first. */
export const VersionList = z.object({ items: z.array(VersionLine) })

/** `GET /api/packages/:id/differences`. */
export const DifferenceQuery = z.object({ from: number, to: number })

/** One difference. `place` names the field, then what tells members of a list apart; values are as in the content. */
const Difference = z.object({
  place: z.array(z.string()),
  kind: z.enum(['added', 'removed', 'changed']),
  before: z.json().nullable(),
  after: z.json().nullable(),
})
/** What is different between what the reader may read and has received of one version and of the other. */
export const DifferenceList = z.object({ from: z.number().int(), to: z.number().int(), parts: z.array(z.string()), items: z.array(Difference) })
