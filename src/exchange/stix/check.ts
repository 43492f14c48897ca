import { z } from 'zod'
import { pointerToken } from '#platform/http/strict-json.ts'
import { STIX_ID } from '#exchange/stix/contract.ts'
import { toMicroseconds } from '#exchange/stix/instant.ts'
import { kindOf, type ObjectKind } from '#exchange/stix/object-types.ts'

/** A STIX 2.1 object that passed `checkObject`; everything that is not named here is as the sender wrote it. */
export interface StixObject {
  readonly type: string
  readonly id: string
  readonly created?: string
  readonly modified?: string
  readonly revoked?: boolean
  readonly [property: string]: unknown
}

export type Checked = { readonly object: StixObject } | { readonly fault: string }

/** Longest name of a type: checked before any expression is run over it. */
const LONGEST_TYPE = 100
/** Longest id that a failure repeats. */
const LONGEST_ID = 120
/** References of one object at most: whatever points at an object is read again when its standing changes. */
const MOST_REFERENCES = 2_000

const text = z.string().min(1)
const id = z.string().max(LONGEST_ID).regex(STIX_ID, 'an id: a type and a UUID')
const timestamp = z
  .string()
  .max(60)
  .refine((value) => toMicroseconds(value) !== undefined, 'a timestamp (RFC 3339, UTC)')
const hashes = z.record(z.string().min(3).max(250), z.string().min(1).max(1000)).refine((value) => Object.keys(value).length > 0, 'at least one hash')
const objects = z.string().max(LONGEST_ID).regex(STIX_ID, 'an id').refine(isThing, 'the id of a domain object or an observable')
const marking = z.string().max(LONGEST_ID).regex(STIX_ID, 'an id').startsWith('marking-definition--', 'the id of a marking definition')
const marked = {
  object_marking_refs: z.array(marking).min(1).optional(),
  granular_markings: z
    .array(z.looseObject({ marking_ref: marking.optional(), selectors: z.array(text).min(1) }))
    .min(1)
    .optional(),
}
const reference = z.looseObject({ source_name: text, external_id: z.string().optional() })

const VERSIONED = {
  ...marked,
  spec_version: z.literal('2.1'),
  created: timestamp,
  modified: timestamp,
  revoked: z.boolean().optional(),
  external_references: z.array(reference).min(1).optional(),
}
const META = { ...VERSIONED, modified: timestamp.optional() }
/** Observables have neither versions nor an end (section 3.1); where they say something of the kind, it is read as everywhere else. */
const OBSERVABLE = {
  ...marked,
  spec_version: z.literal('2.1').optional(),
  created: timestamp.optional(),
  modified: timestamp.optional(),
  revoked: z.boolean().optional(),
}

/** Properties that a type requires beyond those of its kind, and those that Vedette reads. */
const REQUIRED: Readonly<Record<string, z.ZodRawShape>> = {
  indicator: { pattern: text, pattern_type: text, valid_from: timestamp, name: z.string().optional(), indicator_types: z.array(text).min(1).optional() },
  sighting: {
    sighting_of_ref: objects,
    observed_data_refs: z.array(id).min(1).optional(),
    where_sighted_refs: z.array(id).min(1).optional(),
    first_seen: timestamp.optional(),
    last_seen: timestamp.optional(),
    count: z.number().int().min(0).max(999_999_999).optional(),
  },
  malware: { is_family: z.boolean() },
  'malware-analysis': { product: text },
  vulnerability: { name: text },
  identity: { name: text },
  relationship: { relationship_type: text, source_ref: objects, target_ref: objects },
  'marking-definition': { definition_type: z.string().optional() },
  file: { hashes: hashes.optional(), name: z.string().optional(), size: z.number().int().min(0).optional() },
}

/** Whether an object handed in is one of STIX 2.1 as far as Vedette relies on it; the fault names the property. Pure: sets no limit on time but the size of the object. */
export function checkObject(raw: unknown): Checked {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return { fault: 'not an object' }
  const { type } = raw as { type?: unknown }
  if (typeof type !== 'string' || type.length > LONGEST_TYPE) return { fault: '/type: a type of STIX 2.1 is needed' }
  const kind = kindOf(type)
  if (kind === undefined) return { fault: '/type: not a type of STIX 2.1' }
  const parsed = schemaOf(type, kind).safeParse(raw)
  if (!parsed.success) return { fault: describe(parsed.error.issues[0]!) }
  const fault = faultOf(raw as StixObject)
  return fault === undefined ? { object: raw as StixObject } : { fault }
}

/** Schemas by type, each made once: to make one costs more than to run it. */
const schemas = new Map<string, z.ZodObject>()

function schemaOf(type: string, kind: ObjectKind): z.ZodObject {
  const known = schemas.get(type)
  if (known) return known
  const schema = z.looseObject({ id, ...(kind === 'observable' ? OBSERVABLE : kind === 'meta' ? META : VERSIONED), ...REQUIRED[type] })
  schemas.set(type, schema)
  return schema
}

function describe({ path, message }: z.core.$ZodIssue): string {
  return `/${path.map(pointerToken).join('/')}: ${message}`
}

/** What no property shows by itself. */
function faultOf(object: StixObject): string | undefined {
  if (!object.id.startsWith(`${object.type}--`)) return '/id: does not begin with the type'
  if (object.type === 'file' && object['hashes'] === undefined && object['name'] === undefined) return '/hashes: a file has hashes or a name'
  const { created, modified } = object
  if (created !== undefined && modified !== undefined && toMicroseconds(modified)! < toMicroseconds(created)!) return '/modified: before created'
  const { first_seen: first, last_seen: last } = object as { first_seen?: unknown; last_seen?: unknown }
  if (object.type === 'sighting' && typeof first === 'string' && typeof last === 'string' && toMicroseconds(last)! < toMicroseconds(first)!)
    return '/last_seen: before first_seen'
  return badReference(object)
}

/** Properties called `…_ref` and `…_refs` hold ids (section 2.9). */
function badReference(object: StixObject): string | undefined {
  let references = 0
  for (const [name, value] of Object.entries(object)) {
    const ids = name.endsWith('_ref') ? [value] : name.endsWith('_refs') ? value : undefined
    if (ids === undefined) continue
    if (!Array.isArray(ids) || !ids.every((one) => typeof one === 'string' && one.length <= LONGEST_ID && STIX_ID.test(one)))
      return `/${pointerToken(name)}: not an id`
    references += ids.length
    if (references > MOST_REFERENCES) return `/${pointerToken(name)}: more than ${MOST_REFERENCES} references in one object`
  }
  return undefined
}

/** The ends of a relationship and what a sighting saw are domain objects or observables (sections 5.1, 5.2). */
function isThing(ref: string): boolean {
  const kind = kindOf(ref.slice(0, ref.indexOf('--')))
  return kind !== 'relationship' && kind !== 'meta'
}
