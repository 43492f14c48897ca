import { z } from 'zod'
import { listOf } from '#program/advisories/list-of.ts'
import { CveId, cweId } from '#program/packages/content-fields.ts'
import { cvssVersionOf, type CvssVersion } from '#program/packages/cvss-vector.ts'

/**
 * What the import reads of a CSAF 2.0 document (OASIS Standard, section 3.2), with the standard's own
 * requirements and Vedette's limits of length; properties that are not named here are left alone.
 * csaf-21.ts says what CSAF 2.1 has otherwise.
 */
const line = z.string().trim().min(1).max(500)
const text = z.string().min(1).max(100_000)
const date = z.iso.datetime({ offset: true })
const productId = line
const productIds = listOf(productId, { max: 10_000 })
const groupIds = listOf(line, { max: 10_000 })

export const Note = z.object({
  category: z.enum(['description', 'details', 'faq', 'general', 'legal_disclaimer', 'other', 'summary']),
  text,
  title: line.optional(),
})
const Acknowledgment = z.object({
  names: listOf(line, { max: 100 }).optional(),
  organization: line.optional(),
})
const acknowledgments = listOf(Acknowledgment, { max: 100 }).optional()
export type Acknowledgment = z.output<typeof Acknowledgment>

const Reference = z.object({ category: z.enum(['external', 'self']).optional(), summary: z.string().min(1).max(2000), url: z.string().min(1).max(2000) })

const purl = z.string().regex(/^pkg:/, 'a package URL').max(2000)
const FullProductName = z.object({
  name: z.string().trim().min(1).max(2000),
  product_id: productId,
  product_identification_helper: z
    .object({ cpe: z.string().regex(/^cpe:/i, 'a CPE name').max(500).optional(), purl: purl.optional(), purls: listOf(purl, { max: 100 }).optional() })
    .optional(),
})

export interface CsafBranch {
  readonly category: string
  readonly name: string
  readonly branches?: readonly CsafBranch[] | undefined
  readonly product?: z.output<typeof FullProductName> | undefined
}
const Branch: z.ZodType<CsafBranch> = z.lazy(() =>
  z
    .object({
      category: z.enum([
        'architecture', 'host_name', 'language', 'legacy', 'patch_level', 'platform', 'product_family', 'product_name', 'product_version',
        'product_version_range', 'service_pack', 'specification', 'vendor',
      ]), // prettier-ignore
      name: line,
      branches: listOf(Branch, { max: 10_000 }).optional(),
      product: FullProductName.optional(),
    })
    .refine(({ branches, product }) => (branches === undefined) !== (product === undefined), 'either branches or a product'),
)

const ProductTree = z.object({
  branches: listOf(Branch, { max: 10_000 }).optional(),
  full_product_names: listOf(FullProductName, { max: 10_000 }).optional(),
  product_groups: listOf(z.object({ group_id: line, product_ids: listOf(productId, { min: 2, max: 10_000 }) }), { max: 10_000 }).optional(),
  relationships: listOf(z.object({ full_product_name: FullProductName, product_reference: productId, relates_to_product_reference: productId }), {
    max: 10_000,
  }).optional(),
  /** Of CSAF 2.1. */
  product_paths: listOf(
    z.object({
      full_product_name: FullProductName,
      beginning_product_reference: productId,
      subpaths: listOf(z.object({ next_product_reference: productId }), { max: 1000 }),
    }),
    { max: 10_000 },
  ).optional(),
})

/** Lists of product ids in a status; the names are the standard's. */
export const PRODUCT_STATUSES = [
  'first_affected',
  'first_fixed',
  'fixed',
  'known_affected',
  'known_not_affected',
  'last_affected',
  'recommended',
  'under_investigation',
  'unknown',
] as const

export const SEVERITIES = ['NONE', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const
/** A CVSS object of these versions: its vector must be of the version that it states. */
const cvssOf = <const T extends CvssVersion>(versions: readonly T[]) =>
  z
    .object({ version: z.enum(versions), vectorString: z.string().max(300), baseScore: z.number().min(0).max(10), baseSeverity: z.enum(SEVERITIES) })
    .refine(({ version, vectorString }) => cvssVersionOf(vectorString) === version, { path: ['vectorString'], message: 'not a vector of this CVSS version' })
    .optional()

const Score = z.object({ products: productIds, cvss_v3: cvssOf(['3.0', '3.1']) })
/** Of CSAF 2.1. */
const Metric = z.object({ products: productIds, content: z.object({ cvss_v3: cvssOf(['3.0', '3.1']), cvss_v4: cvssOf(['4.0']) }) })

const Remediation = z.object({
  category: z.enum(['fix_planned', 'mitigation', 'no_fix_planned', 'none_available', 'optional_patch', 'vendor_fix', 'workaround']),
  details: text,
  product_ids: productIds.optional(),
  group_ids: groupIds.optional(),
  url: z.string().min(1).max(2000).optional(),
})
const Threat = z.object({
  category: z.enum(['exploit_status', 'impact', 'target_set']),
  details: text,
  product_ids: productIds.optional(),
  group_ids: groupIds.optional(),
})
const cwe = z.object({ id: cweId, name: line, version: z.string().max(20).optional() })

/** Of 2.0 and 2.1: what the other version calls otherwise is absent. */
const Vulnerability = z
  .looseObject({
    cve: CveId.optional(),
    cwe: cwe.optional(),
    cwes: listOf(cwe, { max: 20 }).optional(),
    ids: listOf(z.object({ system_name: line, text: line }), { max: 50 }).optional(),
    title: line.optional(),
    acknowledgments,
    release_date: date.optional(),
    disclosure_date: date.optional(),
    notes: listOf(Note, { max: 1000 }).optional(),
    product_status: z.object(Object.fromEntries(PRODUCT_STATUSES.map((status) => [status, productIds.optional()]))).optional(),
    references: listOf(Reference, { max: 1000 }).optional(),
    scores: listOf(Score, { max: 50 }).optional(),
    metrics: listOf(Metric, { max: 50 }).optional(),
    flags: listOf(z.object({ product_ids: productIds.optional(), group_ids: groupIds.optional() }), { max: 100_000 }).optional(),
    remediations: listOf(Remediation, { max: 1000 }).optional(),
    threats: listOf(Threat, { max: 1000 }).optional(),
  })
  .refine((vulnerability) => Object.keys(vulnerability).length > 0, 'an empty vulnerability')

export const document = z.object({
  category: z
    .string()
    .regex(/^[^\s\-_.](.*[^\s\-_.])?$/, 'a document category')
    .max(500),
  title: line,
  acknowledgments,
  notes: listOf(Note, { max: 1000 }).optional(),
  publisher: z.object({
    category: z.enum(['coordinator', 'discoverer', 'multiplier', 'other', 'translator', 'user', 'vendor']),
    name: line,
    namespace: z.url().max(2000),
  }),
  references: listOf(Reference, { max: 1000 }).optional(),
  tracking: z.object({
    id: line,
    version: line,
    status: z.enum(['draft', 'final', 'interim']),
    current_release_date: date,
    initial_release_date: date,
    revision_history: listOf(z.object({ date, number: line, legacy_version: line.optional(), summary: z.string().min(1).max(10_000) }), { max: 1000 }),
  }),
})
/** What both versions have beside the document itself. */
export const rest = { product_tree: ProductTree.optional(), vulnerabilities: listOf(Vulnerability, { max: 1000 }).optional() }

export const Csaf20 = z.object({
  document: document.extend({
    csaf_version: z.literal('2.0'),
    distribution: z.object({ tlp: z.object({ label: z.enum(['WHITE', 'GREEN', 'AMBER', 'RED']) }).optional() }).optional(),
  }),
  ...rest,
})
export type Csaf20 = z.output<typeof Csaf20>
