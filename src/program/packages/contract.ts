import { z } from 'zod'
import { pageOf } from '#platform/http/page.ts'
import { idSchema } from '#platform/ids.ts'
import { cvssVersionOf } from '#program/packages/cvss-vector.ts'

/** TLP 2.0 (FIRST), from the widest audience to the narrowest. */
export const TLP_LABELS = ['CLEAR', 'GREEN', 'AMBER', 'AMBER+STRICT', 'RED'] as const
export type TlpLabel = (typeof TLP_LABELS)[number]

/** States of a package version (program.md, 6.2). *Open* is none of them: it is computed per reader. */
export const PACKAGE_STATES = ['draft', 'in-review', 'approved', 'scheduled', 'released', 'superseded', 'deferred', 'pulled', 'withdrawn'] as const
export type PackageState = (typeof PACKAGE_STATES)[number]

/** What a reader can be entitled to on its own. `description` is the generic text for restricted jurisdictions (program.md, section 3). */
export const PARTS = ['existence', 'description', 'bulletin', 'guidance', 'attachments', 'proof-of-concept'] as const
export type Part = (typeof PARTS)[number]

/** Where a detection looks (program.md, 6.2). */
export const SENSORS = ['file', 'network', 'host', 'memory', 'cloud-log'] as const

const line = z.string().trim().min(1).max(500)
/** Markdown; rendered without HTML. */
const prose = z.string().max(100_000)
const instant = z.iso.datetime()
const webAddress = z.url({ protocol: /^https?$/ }).max(2000)

/** `CVE-2026-1234`. */
export const CveId = z.string().regex(/^CVE-[0-9]{4}-[0-9]{4,19}$/, 'a CVE id such as CVE-2026-1234')

/** A vector of version 3.0, 3.1 or 4.0, with the score as its source states it: not computed here. */
const Cvss = z.strictObject({
  vector: z
    .string()
    .max(300)
    .refine((text) => cvssVersionOf(text) !== undefined, 'a CVSS vector of version 3.0, 3.1 or 4.0'),
  statedScore: z.number().min(0).max(10).nullable().default(null),
})

const Product = z.strictObject({
  id: line,
  name: z.string().trim().min(1).max(2000),
  vendor: line.nullable().default(null),
  version: line.nullable().default(null),
  cpe: line.nullable().default(null),
  purl: z.string().regex(/^pkg:/, 'a package URL').max(2000).nullable().default(null),
})

const Vulnerability = z.strictObject({
  /** Null while none is assigned. */
  cve: CveId.nullable(),
  /** Names that others gave it. */
  otherIds: z
    .array(z.strictObject({ system: line, text: line }))
    .max(50)
    .default([]),
  title: line.nullable().default(null),
  description: prose.default(''),
  cwe: z
    .strictObject({ id: z.string().regex(/^CWE-[1-9]\d{0,5}$/, 'a CWE id such as CWE-79'), name: line })
    .nullable()
    .default(null),
  cvss: z.array(Cvss).max(50).default([]),
  /** Ids of products. */
  affected: z.array(line).max(10_000).default([]),
  fixed: z.array(line).max(10_000).default([]),
})

const Guidance = z.strictObject({
  sensor: z.enum(SENSORS),
  title: line,
  guidance: prose.min(1),
  falsePositives: prose.default(''),
})

/** A stored file. Its digest is part of the content, so that an approval covers its bytes. */
const Attachment = z.strictObject({
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

const Revision = z.strictObject({ version: line, instant, summary: z.string().max(10_000) })

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

const Content = z.strictObject({
  schema: z.literal(1).default(1),
  title: line,
  /** Generic words without any detail that helps an attacker. */
  description: prose.default(''),
  bulletin: z.strictObject({ id: line.nullable().default(null), text: prose.default('') }).prefault({}),
  vulnerabilities: z.array(Vulnerability).max(1000).default([]),
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
  /** What tier validate gets before the release besides the guidance (program.md, section 3). */
  validateParts: z
    .array(z.enum(['description', 'bulletin', 'attachments', 'proof-of-concept']))
    .max(4)
    .default([]),
  revisionHistory: z.array(Revision).max(1000).default([]),
})

/** What a package says: everything that its approval covers. */
export const PackageContent = Content.superRefine((content, context) => {
  const refuse = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message })
  const products = new Set(content.products.map(({ id }) => id))
  repeated(content.products.map(({ id }) => id)).forEach((at) => refuse(['products', at, 'id'], 'a product id that another product has'))
  repeated(content.vulnerabilities.map(({ cve }) => cve)).forEach((at) => refuse(['vulnerabilities', at, 'cve'], 'a CVE id that occurs twice'))
  content.vulnerabilities.forEach((vulnerability, at) => {
    for (const list of ['affected', 'fixed'] as const) {
      vulnerability[list].forEach((id, index) => products.has(id) || refuse(['vulnerabilities', at, list, index], 'not the id of a product'))
    }
  })
  // The same bytes under two guards would have the weaker one.
  const guarded = new Set(content.proofOfConcept.flatMap(({ object, sha256 }) => [object as string, sha256]))
  content.attachments.forEach(({ object, sha256 }, at) => {
    if (guarded.has(object) || guarded.has(sha256)) refuse(['attachments', at], 'the proof of concept is never an attachment too')
  })
})
export type PackageContent = z.output<typeof PackageContent>
export type PackageContentInput = z.input<typeof PackageContent>

const at = z.date().transform((date) => date.toISOString())
/** Lower-case hex of SHA-256. */
const Digest = z.string().regex(/^[0-9a-f]{64}$/, 'SHA-256 in lower-case hex')
const Who = z.object({ id: z.string(), name: z.string() })
const WindowsView = z.object({ validate: at, advance: at, entry: at })

/** What a reader may see of a content. A field of a part that is hidden is absent: nothing stands in for it. */
export const ContentView = z.object({
  schema: z.literal(1).optional(),
  title: Content.shape.title.optional(),
  description: Content.shape.description.unwrap().optional(),
  bulletin: Content.shape.bulletin.unwrap().optional(),
  vulnerabilities: Content.shape.vulnerabilities.unwrap().optional(),
  products: Content.shape.products.unwrap().optional(),
  detection: Content.shape.detection.unwrap().optional(),
  attachments: Content.shape.attachments.unwrap().optional(),
  proofOfConcept: Content.shape.proofOfConcept.unwrap().optional(),
  references: Content.shape.references.unwrap().optional(),
  tlp: Content.shape.tlp.unwrap().optional(),
  permittedUse: PermittedUse.optional(),
  validateParts: Content.shape.validateParts.unwrap().optional(),
  revisionHistory: Content.shape.revisionHistory.unwrap().optional(),
} satisfies Record<keyof PackageContent, z.ZodType>)

/** One line of `GET /api/packages`. A contact sees title, bulletin and CVE ids once that person has received them. */
export const PackageSummary = z.object({
  id: z.string(),
  version: z.number().int(),
  state: z.enum(PACKAGE_STATES),
  title: z.string().nullable(),
  /** Id of the bulletin. */
  bulletin: z.string().nullable(),
  cves: z.array(z.string()),
  tlp: z.enum(TLP_LABELS),
  /** What an edit, a review, an approval and the proposal of a release have to name; null for a contact that has received nothing. */
  contentHash: z.string().nullable(),
  release: z.object({ instant: at, zone: z.string(), rule: z.string() }).nullable(),
  /** When each tier's window opens; operators only. */
  windows: WindowsView.nullable(),
  /** When the window of the contact's organisation opened; contacts only. */
  openedAt: at.nullable(),
  /** When the person who asks first received this version; contacts only. */
  receivedAt: at.nullable(),
  updatedAt: at,
})
export const PackageSummaryPage = pageOf(PackageSummary)

const ByAt = z.object({ by: Who, at })

/** Where the content was imported from. */
export const PackageSource = z.object({
  id: z.string(),
  version: z.string(),
  publisher: z.string(),
  status: z.string(),
  /** Its own marking, which is the one for the day of publication; null where it has none. */
  statedTlp: z.enum(TLP_LABELS).nullable(),
  /** JSON Pointers of what a package has no place for. */
  leftOut: z.array(z.string()),
  /** JSON Pointers of what the document does not say for the time before its publication, and the import assumed. */
  assumed: z.array(z.string()),
})

/** One version of a package. From `contributors` on it is the operator's own: empty or null for contacts. */
export const PackageView = PackageSummary.extend({
  content: ContentView,
  /** What the person who asks may read by now and has no receipt for: `POST .../receipts` gives it. Contacts only, else empty. */
  unreceivedParts: z.array(z.enum(PARTS)),
  contributors: z.array(Who),
  submitted: ByAt.nullable(),
  approval: ByAt.extend({ contentHash: z.string() }).nullable(),
  scheduled: ByAt.nullable(),
  source: PackageSource.nullable(),
})

export const PackageParams = z.object({ id: idSchema<'package'>() })
/** `PUT /api/packages/:id/content`: `contentHash` is that of the content that was read. Attachments are kept exactly or removed. */
export const EditContent = z.strictObject({ contentHash: Digest, content: PackageContent })
/** Body of what is done to exactly one content: sending to review, approving. */
export const ContentNamed = z.strictObject({ contentHash: Digest })
/** `release` is the `key` of a ReleaseView; without it a revision goes on the release of the version that it revises. */
export const SchedulePackage = z.strictObject({ release: z.string().min(1).max(60).optional() })

/** A part whose fields are stored files. */
export const FILE_PARTS = ['attachments', 'proof-of-concept'] as const
export type FilePart = (typeof FILE_PARTS)[number]
/** What is not named gets the stricter guard. */
export const AttachQuery = z.object({ part: z.enum(FILE_PARTS).default('proof-of-concept') })
export const FileParams = PackageParams.extend({ object: idSchema<'object'>() })
export const FileQuery = z.object({ version: z.coerce.number().int().min(1).max(1_000_000).optional() })

/** `POST /api/packages/:id/receipts`. */
export const ReceivePackage = z.strictObject({ version: z.number().int().min(1).max(1_000_000) })
/** That a person of a member was given the content of a version, or one of its files. */
export const ReceiptView = z.object({
  id: z.string(),
  package: z.string(),
  version: z.number().int(),
  part: z.enum(['content', 'attachment']),
  /** Parts of the package that it covers. */
  parts: z.array(z.enum(PARTS)),
  file: z.object({ object: z.string(), sha256: z.string() }).nullable(),
  organisation: Who,
  person: Who,
  /** Of the version's content. */
  contentHash: z.string(),
  receivedAt: at,
})
export const ReceiptPage = pageOf(ReceiptView)

/** Indexes of values that occurred before; nulls never count. */
function repeated(values: readonly (string | null)[]): number[] {
  const seen = new Set<string>()
  return values.flatMap((value, at) => {
    const again = value !== null && seen.has(value)
    if (value !== null) seen.add(value)
    return again ? [at] : []
  })
}
