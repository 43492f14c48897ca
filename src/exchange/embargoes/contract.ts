import { z } from 'zod'
import { idSchema } from '#platform/ids.ts'

const at = z.date().transform((date) => date.toISOString())
const Who = z.object({ id: z.string(), name: z.string() })
const line = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^[^\p{C}\p{Zl}\p{Zp}]+$/u, 'one line without control characters')

/** Who is released to at one instant: the members of one tier, or everybody who may read the collection. */
export const CLASSES = ['validate', 'advance', 'entry', 'responder', 'everybody'] as const
export type ReaderClass = (typeof CLASSES)[number]
const Class = z.enum(CLASSES)

const instant = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text))
  .refine((date) => date.getUTCFullYear() >= 2000 && date.getUTCFullYear() < 2200, 'an instant of the years 2000 to 2199')
const zone = z.string().max(64).refine(isZone, 'the IANA name of a time zone')

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

/** Tiers have no reader in common; everybody has one with each of them. */
const isDisjoint = (instants: Partial<Record<ReaderClass, unknown>>) => instants.everybody === undefined || Object.keys(instants).length === 1

export const CollectionParams = z.object({ id: idSchema<'collection'>() })
export const EmbargoParams = z.object({ id: idSchema<'object-embargo'>() })
export const EmbargoChangeParams = z.object({ id: idSchema<'object-embargo-change'>() })

/**
 * `POST /api/collections/:id/embargoes`: when each class of readers is shown what will be put under it; a class without an instant never is.
 * Without instants the windows of the package count, and follow it.
 */
export const SetEmbargo = z
  .strictObject({
    title: line(200),
    /** Package of the program that it hangs on: nobody is shown anything whom the embargo of the program denies its guidance. */
    package: idSchema<'package'>().nullable().default(null),
    /** In which people read the instants; the zone of the release unless said, or UTC. */
    zone: zone.optional(),
    instants: z.partialRecord(Class, instant).refine(isDisjoint, 'tiers, or everybody').default({}),
  })
  .refine(({ package: of, instants }) => of !== null || Object.keys(instants).length > 0, { path: ['instants'], message: 'at least one instant, or a package' })

/** `POST /api/embargoes/:id/changes`: other instants for classes that have not reached theirs, or for classes that had none; `now` ends it for them. */
export const ChangeEmbargo = z.strictObject({
  instants: z.partialRecord(Class, z.union([z.literal('now'), instant])).refine((instants) => Object.keys(instants).length > 0, 'at least one class'),
  reason: line(2000),
})

const Change = z.object({
  id: z.string(),
  instants: z.array(z.object({ class: Class, at: at.nullable() })),
  reason: z.string(),
  state: z.enum(['waits', 'done', 'expired', 'closed']),
  proposed: z.object({ by: Who, at }),
  approved: z.object({ by: Who, at }).nullable(),
  expiresAt: at,
})
export const EmbargoChangeView = Change

/** An embargo with the instant of each class; `at` of a change is null for the moment of its approval. */
export const EmbargoView = z.object({
  id: z.string(),
  collection: z.string(),
  title: z.string(),
  package: z.string().nullable(),
  zone: z.string(),
  set: z.object({ by: Who.nullable(), at }),
  /** Objects that are released with it. */
  objects: z.number().int(),
  releases: z.array(
    z.object({
      class: Class,
      at,
      reached: z.boolean(),
      /** Whether the instant follows the window of the package. */
      follows: z.boolean(),
      /** Organisations that have read something of it since. */
      readers: z.number().int(),
    }),
  ),
  changes: z.array(Change),
})
/** `GET /api/collections/:id/embargoes`: the newest first. */
export const EmbargoList = z.object({ items: z.array(EmbargoView) })

/** `POST /api/embargoes/:id/objects`: what became of each object of a bundle or envelope; at most a hundred that were refused are named. */
export const PutResult = z.object({
  added: z.number().int(),
  known: z.number().int(),
  refused: z.number().int(),
  refusals: z.array(z.object({ id: z.string(), message: z.string() })),
})
/** Objects of one request: while they are stored the collection waits. */
export const MOST_PUT = 1000
