import { z } from 'zod'
import { TLP_LABELS } from '#program/packages/contract.ts'
import { PageQuery } from '#platform/http/page.ts'
import { STIX_ID } from '#exchange/stix/contract.ts'
import { OBSERVABLE_TYPES } from '#exchange/stix/object-types.ts'

/** Longest question that is taken. */
export const LONGEST_QUESTION = 4_000
/** Most values of one look-up, and letters of one of its lines. */
export const MOST_LOOKED_UP = 500_000
export const LONGEST_LINE = 8_192
/** Most objects that a look-up names for one value. */
export const MOST_FOUND = 20
/** Neighbours of one kind beyond which they are called many and not listed. */
export const MANY_NEIGHBOURS = 1_000

/** Types that a search offers to be narrowed to: those of STIX 2.1 that are shared most come first. */
export const SEARCHED_TYPES = [
  'indicator',
  'malware',
  'vulnerability',
  'threat-actor',
  'intrusion-set',
  'campaign',
  'attack-pattern',
  'tool',
  'infrastructure',
  'course-of-action',
  'report',
  'grouping',
  'note',
  'opinion',
  'identity',
  'incident',
  'location',
  'malware-analysis',
  'observed-data',
  'sighting',
  'relationship',
  ...OBSERVABLE_TYPES,
] as const

const id = z.string().max(120).regex(STIX_ID, 'the id of a STIX object')
const collection = z.uuid().toLowerCase()
const list = z
  .string()
  .max(1000)
  .transform((text) =>
    text
      .split(',')
      .map((one) => one.trim())
      .filter(Boolean),
  )
const instant = z.iso.datetime({ offset: true, message: 'an instant with its zone, such as 2026-01-01T00:00:00Z' })
const percent = z.coerce.number().int().min(0).max(100)

/** `GET /api/exchange/objects`: all conditions together have to hold. */
export const SearchQuery = PageQuery.extend({
  /** Anything: a value however it is written, an id, or words. */
  q: z.string().max(LONGEST_QUESTION).optional(),
  /** A value that the object names. */
  value: z.string().max(LONGEST_QUESTION).optional(),
  /** Words that the object's texts hold, all of them; those in quotation marks one after another. Beginnings of words find nothing. */
  text: z.string().max(LONGEST_QUESTION).optional(),
  id: id.optional(),
  /** Types, with commas between them. */
  type: list.optional(),
  collection: collection.optional(),
  /** Members: `own`. The operator's people: `operator`, or the id of a member. */
  contributor: z.union([z.literal(['own', 'operator']), z.uuid().toLowerCase()]).optional(),
  /** Markings, with commas between them. */
  tlp: list.pipe(z.array(z.enum(TLP_LABELS))).optional(),
  label: z.string().max(1000).optional(),
  revoked: z.stringbool().optional(),
  confidenceFrom: percent.optional(),
  confidenceTo: percent.optional(),
  addedFrom: instant.optional(),
  addedTo: instant.optional(),
  createdFrom: instant.optional(),
  createdTo: instant.optional(),
  modifiedFrom: instant.optional(),
  modifiedTo: instant.optional(),
  validAt: instant.optional(),
})

const collectionView = z.object({ id: z.string(), title: z.string() })

/** One object in one collection, in the version that stands there for the reader. `addedAt` has six digits of fraction. */
export const ObjectSummary = z.object({
  id: z.string(),
  type: z.string(),
  /** What people call it: its name, value or pattern. */
  title: z.string().nullable(),
  collection: collectionView,
  tlp: z.enum(TLP_LABELS),
  version: z.string(),
  addedAt: z.string(),
  revoked: z.boolean(),
  confidence: z.number().nullable(),
  validFrom: z.string().nullable(),
  validUntil: z.string().nullable(),
  labels: z.array(z.string()),
  /** Whether the reader's own organisation contributed it; for the operator's people, whether the operator did. */
  own: z.boolean(),
  /** Member that contributed it; told to the operator's people alone. */
  contributor: z.string().nullable(),
})

const valueView = z.object({ kind: z.string(), text: z.string() })

export const SearchPage = z.object({
  items: z.array(ObjectSummary),
  next: z.string().nullable(),
  /** How the question was read. */
  understood: z.object({ values: z.array(valueView), words: z.array(z.string()) }),
  /** Where newer objects that you can see have not yet been read for their words, labels and facts: the position up to which they have. Null: nothing is left out. */
  searchedTo: z.string().nullable(),
})

export const ObjectParams = z.object({ id })

/** `GET /api/exchange/objects/:id`: where the reader sees it and in which versions, the newest first. */
export const ObjectView = z.object({
  id: z.string(),
  type: z.string(),
  title: z.string().nullable(),
  places: z.array(
    z.object({
      collection: collectionView,
      own: z.boolean(),
      contributor: z.string().nullable(),
      versions: z.array(z.object({ version: z.string(), addedAt: z.string(), tlp: z.enum(TLP_LABELS), revoked: z.boolean(), size: z.number().int() })),
    }),
  ),
  /** The newest version as it was read; `/raw` has its bytes. */
  object: z.record(z.string(), z.unknown()),
  /** What the object names, as it is searched for. */
  values: z.array(valueView),
})

export const RawQuery = z.object({ collection: collection.optional(), version: z.string().max(60).optional() })

export const NEIGHBOUR_RELATIONS = ['refersTo', 'referredBy', 'sameValue'] as const
export type NeighbourRelation = (typeof NEIGHBOUR_RELATIONS)[number]

export const NeighbourQuery = PageQuery.extend({
  /** One kind of neighbours by itself, page by page. */
  relation: z.enum(NEIGHBOUR_RELATIONS).optional(),
  type: z.string().max(100).optional(),
})

/** `GET /api/exchange/objects/:id/neighbours`. */
export const Neighbours = z.object({
  groups: z.array(
    z.object({
      relation: z.enum(NEIGHBOUR_RELATIONS),
      type: z.string(),
      items: z.array(ObjectSummary.extend({ /** Properties that refer, or values in common. */ via: z.array(z.string()) })),
      /** Cursor of the page after this one. */
      next: z.string().nullable(),
    }),
  ),
  /** Kinds of neighbours of which there are more than are listed. */
  many: z.array(z.enum(NEIGHBOUR_RELATIONS)),
})

/** One line of a look-up as it is asked: a JSON string, or an object; as plain text, the value itself. */
export const LookupEntry = z.union([z.string(), z.strictObject({ value: z.string(), kind: z.string().max(20).optional() })])

const hit = z.object({
  id: z.string(),
  type: z.string(),
  collection: z.string(),
  tlp: z.string(),
  version: z.string(),
  revoked: z.boolean(),
  valid_until: z.string().nullable(),
  confidence: z.number().nullable(),
  /** Where it does not name the value itself: the network that it names and that holds the address, or what it names within the network that was asked for. */
  by: z.string().optional(),
})
export type LookupHit = z.output<typeof hit>

/** One line of the answer: `more` where more objects name the value than are listed. */
export const LookupLine = z.object({ value: z.string(), kind: z.string().optional(), found: z.array(hit), more: z.literal(true).optional() })

/** A line that could not be read, by its number from one. */
export const LookupFault = z.object({ line: z.number().int(), error: z.string() })
