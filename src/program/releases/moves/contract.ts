import { z } from 'zod'
import { idSchema } from '#platform/ids.ts'
import { PACKAGE_STATES } from '#program/packages/contract.ts'

const at = z.date().transform((date) => date.toISOString())
const Who = z.object({ id: z.string(), name: z.string() })
const TIER = z.enum(['validate', 'advance', 'entry'])

/** What names a release: an ISO instant for one of the rule, an id for any other. */
export const ReleaseKey = z.union([z.iso.datetime(), z.uuid()], 'the key of a release that GET /api/releases lists')
/** An instant with its offset, or what clocks of the zone show then, such as `2026-03-10T10:00`. */
const Moment = z.union(
  [z.iso.datetime({ offset: true }), z.iso.datetime({ local: true, precision: -1 })],
  'an instant, or a civil time such as 2026-03-10T10:00',
)

/** All of a release, or the packages named, to the instants of another release of the rule, or to instants that people chose. */
export const MoveWish = z.strictObject({
  release: ReleaseKey,
  /** Null: all of it, packages that are still to be scheduled for it included. */
  packages: z
    .array(idSchema<'package'>())
    .min(1)
    .max(200)
    .refine((packages) => new Set(packages).size === packages.length, 'a package that occurs twice')
    .nullable()
    .default(null),
  to: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('release'), release: ReleaseKey }),
    z.strictObject({
      kind: z.literal('instants'),
      /** IANA name of the zone in which civil times are meant. */
      zone: z.string().min(1).max(64),
      instant: Moment,
      /** Null: counted back from the release by the programme's rule of each tier. */
      windows: z.strictObject({ validate: Moment, advance: Moment, entry: Moment }).nullable().default(null),
    }),
  ]),
})
/** `POST /api/releases/moves`. The reason may name what is under embargo: it is kept sealed. */
export const ProposeMove = MoveWish.extend({ reason: z.string().trim().min(1).max(2000) })
/** `POST /api/releases/moves/:id/confirmation`: the consequences that were read. */
export const ConfirmMove = z.strictObject({ preview: z.string().regex(/^[0-9a-f]{64}$/, 'SHA-256 in lower-case hex') })
export const MoveParams = z.object({ id: idSchema<'release-move'>() })

/** An opening before and after; null: at the moment of the confirmation, or never where it says so. */
const EFFECTS = ['stays-open', 'at-once', 'earlier', 'later', 'unchanged', 'gains', 'loses'] as const
const TierChange = z.object({
  tier: TIER,
  effect: z.enum(EFFECTS),
  before: z.string().nullable(),
  after: z.string().nullable(),
  /** Hours from the opening to the release; an opening at the confirmation counts from now. */
  hoursBefore: z.number(),
  hoursAfter: z.number(),
})
/** People of one member to whom a package opens at the same instants. */
const MemberChange = TierChange.extend({ organisation: Who, people: z.number().int() })

export const MovePreview = z.object({
  /** Of the consequences: what a confirmation has to name. */
  sha256: z.string(),
  from: z.object({ instant: z.string(), zone: z.string() }),
  to: z.object({ instant: z.string(), zone: z.string(), rule: z.string(), calendar: z.string().nullable() }),
  tiers: z.array(TierChange),
  packages: z.array(
    z.object({
      id: z.string(),
      version: z.number().int(),
      state: z.enum(PACKAGE_STATES),
      /** Null where the role may not read it. */
      title: z.string().nullable(),
      embargo: z.object({ before: z.string(), after: z.string() }),
      tiers: z.array(TierChange),
      /** How many people each effect reaches. */
      people: z.partialRecord(z.enum(EFFECTS), z.number().int()),
      /** How many of them have fewer hours before the release than they had. */
      losesHours: z.number().int(),
      members: z.array(MemberChange),
      /** Who received it: each has to acknowledge that its embargo ends at another instant. */
      holders: z.array(z.object({ organisation: Who, person: Who })),
      /** Protections reported for its vulnerabilities; null where the role may not know which these are. */
      protections: z.array(z.object({ id: z.string(), organisation: Who, product: z.string(), sensor: z.string(), mode: z.string() })).nullable(),
    }),
  ),
  /** Who is told: everybody of the members for a release of the rule, otherwise who may know of a package then. */
  told: z.object({ people: z.number().int(), organisations: z.number().int() }),
})

export const MoveView = z.object({
  id: z.string(),
  state: z.enum(['waits', 'confirmed', 'withdrawn']),
  /** Of the release that is moved, as GET /api/releases names it. */
  release: z.string(),
  /** Null: all of the release. */
  packages: z.array(z.string()).nullable(),
  /** Key of the release of the rule whose cycle the packages join. */
  joins: z.string().nullable(),
  from: z.object({ instant: at, zone: z.string(), windows: z.object({ validate: at, advance: at, entry: at }) }),
  to: z.object({ instant: at, zone: z.string(), rule: z.string(), windows: z.object({ validate: at, advance: at, entry: at }) }),
  /** Null where the role reads no content: it may name what is under embargo. */
  reason: z.string().nullable(),
  proposed: z.object({ by: Who, at }),
  confirmed: z.object({ by: Who, at }).nullable(),
  /** While it waits: the consequences as things are now; null when it cannot be confirmed any more. */
  preview: MovePreview.nullable(),
})
export const MoveList = z.object({ items: z.array(MoveView) })
