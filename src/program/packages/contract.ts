import { z } from 'zod'
import { pageOf } from '#platform/http/page.ts'
import { idSchema } from '#platform/ids.ts'
import type { Content1 } from '#program/packages/content-1.ts'
import { Content2, type Content2Input } from '#program/packages/content-2.ts'
import { CveId, PermittedUse, sha256 as Digest, TLP_LABELS } from '#program/packages/content-fields.ts'

export { CveId, PermittedUse, SENSORS, TLP_LABELS, type Attachment, type TlpLabel } from '#program/packages/content-fields.ts'
export { clausesOf, derivedBinariesText } from '#program/packages/permitted-use.ts'
export { FIX_KINDS, RULE_KINDS, SAMPLE_HANDLING, upgraded } from '#program/packages/content-2.ts'

/** What a package says, as it is written today: schema 2. */
export const PackageContent = Content2
/** What a package says: everything that its approval covers. What was stored in schema 1 stays in it until it is edited. */
export type PackageContent = Content1 | Content2
/** What a package says in schema 2, which `upgraded` makes of any. */
export type CurrentContent = Content2
export type PackageContentInput = Content2Input

/** States of a package version (program.md, 6.2). *Open* is none of them: it is computed per reader. */
export const PACKAGE_STATES = ['draft', 'in-review', 'approved', 'scheduled', 'released', 'superseded', 'deferred', 'pulled', 'withdrawn'] as const
export type PackageState = (typeof PACKAGE_STATES)[number]

/** What a reader can be entitled to on its own. `description` is the generic text for restricted jurisdictions (program.md, section 3). */
export const PARTS = ['existence', 'description', 'bulletin', 'guidance', 'attachments', 'proof-of-concept', 'credit'] as const
export type Part = (typeof PARTS)[number]

const at = z.date().transform((date) => date.toISOString())
const Who = z.object({ id: z.string(), name: z.string() })
const WindowsView = z.object({ validate: at, advance: at, entry: at })

/** What a reader may see of a content, in schema 2 whatever it is stored in. A field of a part that is hidden is absent: nothing stands in for it. */
const { shape } = Content2
export const ContentView = z.object({
  schema: shape.schema.unwrap().optional(),
  title: shape.title.optional(),
  description: shape.description.unwrap().optional(),
  bulletin: shape.bulletin.unwrap().optional(),
  vulnerabilities: shape.vulnerabilities.unwrap().optional(),
  products: shape.products.unwrap().optional(),
  detection: shape.detection.unwrap().optional(),
  samples: shape.samples.unwrap().optional(),
  rules: shape.rules.unwrap().optional(),
  attachments: shape.attachments.unwrap().optional(),
  proofOfConcept: shape.proofOfConcept.unwrap().optional(),
  credit: shape.credit.unwrap().optional(),
  references: shape.references.unwrap().optional(),
  tlp: shape.tlp.unwrap().optional(),
  sharingGroup: shape.sharingGroup.unwrap().optional(),
  permittedUse: PermittedUse.optional(),
  validateParts: shape.validateParts.unwrap().optional(),
  revisionHistory: shape.revisionHistory.unwrap().optional(),
} satisfies Record<keyof CurrentContent, z.ZodType>)

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

/** Forms in which a version is told outside of Vedette. */
export const ADVISORY_FORMATS = ['csaf-2.0', 'csaf-2.1', 'cve-5'] as const
/** `GET /api/packages/:id/advisory`; `cve` says which record where a package names several. */
export const AdvisoryQuery = z.object({
  format: z.enum(ADVISORY_FORMATS),
  version: z.coerce.number().int().min(1).max(1_000_000).optional(),
  cve: CveId.optional(),
})

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
