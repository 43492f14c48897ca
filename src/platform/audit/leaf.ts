import { z } from 'zod'
import type { Actor } from '#platform/auth/actor.ts'
import type { AuditRecord, PlainValue } from '#platform/audit/audit.ts'
import { canonicalJson } from '#platform/audit/canonical-json.ts'

/** Most bytes of a body: what an entry of a tiled log may hold (c2sp.org/tlog-tiles). */
const LARGEST_BODY = 65_535

const id = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
const names = z.array(z.string().min(1).max(63)).min(1).max(50)

const BoundRow = z.strictObject({
  table: z.string().min(1).max(63),
  key: z.record(z.string().min(1).max(63), z.string()).refine((key) => Object.keys(key).length > 0),
  columns: names,
  /** SHA-256 of the named columns as PostgreSQL's jsonb text; null when there was no such row. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
})

const Body = z.strictObject({
  v: z.literal(1),
  index: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
  /** 16 random bytes, so that the leaf's hash reveals nothing of the rest. */
  salt: z.string().regex(/^[0-9a-f]{32}$/),
  at: z.iso.datetime({ precision: 3 }),
  action: z.string().min(1).max(100),
  actor: z.strictObject({
    kind: z.enum(['operator', 'contact', 'system', 'anonymous']),
    id: id.nullable(),
    name: z.string().nullable(),
    organisation: id.nullable(),
    credential: z.strictObject({ kind: z.enum(['session', 'token', 'certificate']), id }).nullable(),
  }),
  operator: id.nullable(),
  subject: id.nullable(),
  details: z.record(z.string(), z.json()),
  binds: z.array(BoundRow),
})

export type Leaf = z.infer<typeof Body>

/** The bytes of a leaf: canonical JSON. Throws RangeError when they are too many. */
export function formatLeaf(leaf: Leaf): Buffer {
  const body = Buffer.from(canonicalJson(leaf as PlainValue))
  if (body.length > LARGEST_BODY) throw new RangeError(`a leaf of ${body.length} bytes is too large`)
  return body
}

/** Reads the bytes of a leaf; undefined unless they are exactly what formatLeaf writes. */
export function parseLeaf(body: Uint8Array): Leaf | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
    const parsed = Body.safeParse(JSON.parse(text))
    return parsed.success && canonicalJson(parsed.data) === text ? parsed.data : undefined
  } catch {
    return undefined
  }
}

/** Refuses at once, where the mistake is, what would only fail at commit. */
export function checkRecord({ action, subject, details = {} }: AuditRecord): void {
  if (!/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(action)) throw new TypeError(`not an action: ${action}`)
  if (subject !== undefined && !id.safeParse(subject).success) throw new TypeError(`the subject of ${action} is not an id`)
  canonicalJson(details)
}

/** Who did it, as a leaf names them. */
export function leafActor(actor: Actor): Leaf['actor'] {
  const nobody = { kind: actor.kind, id: null, name: null, organisation: null, credential: null }
  if (actor.kind === 'anonymous') return nobody
  if (actor.kind === 'system') return { ...nobody, name: actor.name }
  const credential = { kind: actor.credential.kind, id: actor.credential.id }
  return { ...nobody, id: actor.person, organisation: actor.kind === 'contact' ? actor.organisation : null, credential }
}
