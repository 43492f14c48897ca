import { z } from 'zod'
import { PACKAGE_STATES } from '#program/packages/contract.ts'
import { ReleaseView } from '#program/releases/contract.ts'
import { MoveView, ReleaseKey } from '#program/releases/moves/contract.ts'

const at = z.date().transform((date) => date.toISOString())
const Who = z.object({ id: z.string(), name: z.string() })
const Windows = z.object({ validate: at, advance: at, entry: at })
const Instants = z.object({ instant: at, zone: z.string(), windows: Windows })

export const CycleParams = z.object({ id: ReleaseKey })

/** One cycle: its release as it is now, what it was, and what is on it. */
export const CycleView = z.object({
  release: ReleaseView,
  /** What the release was and is, in order; the last is the present one. */
  instants: z.array(Instants.extend({ since: at.nullable() })),
  packages: z.array(
    z.object({
      id: z.string(),
      version: z.number().int(),
      state: z.enum(PACKAGE_STATES),
      /** Null where the role may not read it. */
      title: z.string().nullable(),
      /** Its own: windows that were open when it moved are not those of the cycle. */
      release: Instants,
      /** Whether it is on this cycle now, or went to another release. */
      here: z.boolean(),
      receipts: z.number().int(),
    }),
  ),
  /** Of the cycle and of packages that left or joined it, the newest first, without their consequences. */
  moves: z.array(MoveView),
})

const DIFFERENCES = ['decision', 'unknown-rule', 'history', 'facts', 'not-open', 'no-leaf', 'no-receipt'] as const
/** A past cycle decided again, from what each decision recorded and, apart from that, from the stored history. */
export const ReplayView = z.object({
  release: z.string(),
  /** Until when: now, or the instant asked for. */
  at,
  versions: z.number().int(),
  contacts: z.number().int(),
  receipts: z.number().int(),
  /** How many recorded decisions were taken again, by the rule that took them. */
  decisions: z.record(z.string(), z.number().int()),
  /** Openings by the stored history: to how many contacts each version opened until then, and when first and last. */
  openings: z.array(z.object({ package: z.string(), version: z.number().int(), contacts: z.number().int(), first: at.nullable(), last: at.nullable() })),
  /** What does not agree; none is expected. */
  differences: z.array(
    z.object({
      kind: z.enum(DIFFERENCES),
      package: z.string(),
      version: z.number().int(),
      person: Who.nullable(),
      at,
      /** Of the audit log. */
      leaf: z.number().int().nullable(),
      /** What is on record, and what was found. */
      recorded: z.string(),
      found: z.string(),
    }),
  ),
})
