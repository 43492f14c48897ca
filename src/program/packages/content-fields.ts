import { z } from 'zod'
import { idSchema } from '#platform/ids.ts'
import { cvssVersionOf } from '#program/packages/cvss-vector.ts'

/** What both schemas of a content are made of: a change here would change what stored contents of schema 1 are. */

/** TLP 2.0 (FIRST), from the widest audience to the narrowest. */
export const TLP_LABELS = ['CLEAR', 'GREEN', 'AMBER', 'AMBER+STRICT', 'RED'] as const
export type TlpLabel = (typeof TLP_LABELS)[number]

/** Where a detection looks (program.md, 6.2). */
export const SENSORS = ['file', 'network', 'host', 'memory', 'cloud-log'] as const

export const line = z.string().trim().min(1).max(500)
/** Markdown; rendered without HTML. */
export const prose = z.string().max(100_000)
export const instant = z.iso.datetime()
export const webAddress = z.url({ protocol: /^https?$/ }).max(2000)
/** Lower-case hex of SHA-256. */
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'SHA-256 in lower-case hex')

/** `CVE-2026-1234`. */
export const CveId = z.string().regex(/^CVE-[0-9]{4}-[0-9]{4,19}$/, 'a CVE id such as CVE-2026-1234')
export const cweId = z.string().regex(/^CWE-[1-9]\d{0,5}$/, 'a CWE id such as CWE-79')

/** A vector of version 3.0, 3.1 or 4.0, with the score as its source states it; the computed one is `cvssScore` of the vector. */
export const Cvss = z.strictObject({
  vector: z
    .string()
    .max(300)
    .refine((text) => cvssVersionOf(text) !== undefined, 'a CVSS vector of version 3.0, 3.1 or 4.0'),
  statedScore: z.number().min(0).max(10).nullable().default(null),
})

export const Product = z.strictObject({
  id: line,
  name: z.string().trim().min(1).max(2000),
  vendor: line.nullable().default(null),
  version: line.nullable().default(null),
  cpe: line.nullable().default(null),
  purl: z.string().regex(/^pkg:/, 'a package URL').max(2000).nullable().default(null),
})

/** Names that others gave a vulnerability. */
export const OtherIds = z
  .array(z.strictObject({ system: line, text: line }))
  .max(50)
  .default([])

export const Guidance = z.strictObject({
  sensor: z.enum(SENSORS),
  title: line,
  guidance: prose.min(1),
  falsePositives: prose.default(''),
})

/** A stored file. Its digest is part of the content, so that an approval covers its bytes. */
export const Attachment = z.strictObject({
  object: idSchema<'object'>(),
  name: z
    .string()
    .min(1)
    .max(255)
    .refine((name) => !/[/\\\p{Cc}]/u.test(name), 'a file name without a path'),
  mediaType: z
    .string()
    .regex(/^[\w.+-]+\/[\w.+-]+$/)
    .max(255),
  size: z.number().int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})
export type Attachment = z.output<typeof Attachment>

export const Revision = z.strictObject({ version: line, instant, summary: z.string().max(10_000) })

const term = z.union([z.literal('allow'), z.literal('deny'), z.strictObject({ allowFrom: instant })])
/** One answer of the permitted-use clause. */
export type PermittedUseTerm = z.output<typeof term>
const denied = term.default('deny')

/** What members may do with the package before the release; everything is denied unless it says otherwise (program.md, 6.3). */
export const PermittedUse = z.strictObject({
  deploy: z.strictObject({ ownFleet: denied, customers: denied, blockMode: denied }).prefault({}),
  name: z.strictObject({ refersToCve: denied }).prefault({}),
  visible: z.strictObject({ probeable: denied, customerTelemetry: denied }).prefault({}),
  share: z.strictObject({ withinGroup: denied, derivedBinaries: z.enum(['covered', 'not-covered']).default('covered') }).prefault({}),
})
export type PermittedUse = z.output<typeof PermittedUse>

/** What tier validate gets before the release besides the guidance (program.md, section 3). */
export const ValidateParts = z
  .array(z.enum(['description', 'bulletin', 'attachments', 'proof-of-concept']))
  .max(4)
  .default([])

/** The fields that both schemas have, as they are. */
export const COMMON = {
  title: line,
  /** Generic words without any detail that helps an attacker. */
  description: prose.default(''),
  bulletin: z.strictObject({ id: line.nullable().default(null), text: prose.default('') }).prefault({}),
  products: z.array(Product).max(10_000).default([]),
  detection: z.array(Guidance).max(200).default([]),
  attachments: z.array(Attachment).max(200).default([]),
  proofOfConcept: z.array(Attachment).max(50).default([]),
  references: z
    .array(z.strictObject({ url: webAddress, summary: z.string().max(2000).default('') }))
    .max(1000)
    .default([]),
  tlp: z.enum(TLP_LABELS).default('AMBER+STRICT'),
  permittedUse: PermittedUse.prefault({}),
  validateParts: ValidateParts,
  revisionHistory: z.array(Revision).max(1000).default([]),
}

interface Common {
  readonly products: readonly { readonly id: string }[]
  readonly vulnerabilities: readonly { readonly cve: string | null; readonly affected: readonly string[]; readonly fixed: readonly string[] }[]
  readonly attachments: readonly Attachment[]
  readonly proofOfConcept: readonly Attachment[]
}
export type Refuse = (path: (string | number)[], message: string) => void

/** What no content may say, of whatever schema. */
export function refuseContradictions(content: Common, refuse: Refuse): void {
  const products = new Set(content.products.map(({ id }) => id))
  repeated(content.products.map(({ id }) => id)).forEach((at) => refuse(['products', at, 'id'], 'a product id that another product has'))
  repeated(content.vulnerabilities.map(({ cve }) => cve)).forEach((at) => refuse(['vulnerabilities', at, 'cve'], 'a CVE id that occurs twice'))
  content.vulnerabilities.forEach((vulnerability, at) => {
    for (const list of ['affected', 'fixed'] as const) {
      vulnerability[list].forEach((id, index) => products.has(id) || refuse(['vulnerabilities', at, list, index], 'not the id of a product'))
    }
  })
  // The same bytes under two guards would have the weaker one.
  const guarded = new Set(content.proofOfConcept.flatMap(({ object, sha256: digest }) => [object as string, digest]))
  content.attachments.forEach(({ object, sha256: digest }, at) => {
    if (guarded.has(object) || guarded.has(digest)) refuse(['attachments', at], 'the proof of concept is never an attachment too')
  })
}

/** Indexes of values that occurred before; nulls never count. */
function repeated(values: readonly (string | null)[]): number[] {
  const seen = new Set<string>()
  return values.flatMap((value, at) => {
    const again = value !== null && seen.has(value)
    if (value !== null) seen.add(value)
    return again ? [at] : []
  })
}
