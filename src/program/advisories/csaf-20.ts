import { z } from 'zod'
import { CveId } from '#program/packages/contract.ts'
import { cvssVersionOf } from '#program/packages/cvss-vector.ts'

/**
 * What the import reads of a CSAF 2.0 document (OASIS Standard, section 3.2), with the standard's own
 * requirements and Vedette's limits of length; properties that are not named here are left alone.
 */
const line = z.string().trim().min(1).max(500)
const text = z.string().min(1).max(100_000)
const date = z.iso.datetime({ offset: true })
const productId = line
const productIds = z.array(productId).min(1).max(10_000)
const groupIds = z.array(line).min(1).max(10_000)

const Note = z.object({
  category: z.enum(['description', 'details', 'faq', 'general', 'legal_disclaimer', 'other', 'summary']),
  text,
  title: line.optional(),
})
const Reference = z.object({ category: z.enum(['external', 'self']).optional(), summary: z.string().min(1).max(2000), url: z.string().min(1).max(2000) })

const FullProductName = z.object({
  name: z.string().trim().min(1).max(2000),
  product_id: productId,
  product_identification_helper: z
    .object({ cpe: z.string().regex(/^cpe:/i, 'a CPE name').max(500).optional(), purl: z.string().regex(/^pkg:/, 'a package URL').max(2000).optional() })
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
        'architecture', 'host_name', 'language', 'legacy', 'patch_level', 'product_family', 'product_name', 'product_version',
        'product_version_range', 'service_pack', 'specification', 'vendor',
      ]), // prettier-ignore
      name: line,
      branches: z.array(Branch).min(1).max(10_000).optional(),
      product: FullProductName.optional(),
    })
    .refine(({ branches, product }) => (branches === undefined) !== (product === undefined), 'either branches or a product'),
)

const ProductTree = z.object({
  branches: z.array(Branch).min(1).max(10_000).optional(),
  full_product_names: z.array(FullProductName).min(1).max(10_000).optional(),
  product_groups: z
    .array(z.object({ group_id: line, product_ids: z.array(productId).min(2).max(10_000) }))
    .min(1)
    .max(10_000)
    .optional(),
  relationships: z
    .array(z.object({ full_product_name: FullProductName, product_reference: productId, relates_to_product_reference: productId }))
    .min(1)
    .max(10_000)
    .optional(),
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
] as const

const Score = z.object({
  products: productIds,
  cvss_v3: z
    .object({
      version: z.enum(['3.0', '3.1']),
      vectorString: z.string().max(300),
      baseScore: z.number().min(0).max(10),
      baseSeverity: z.enum(['NONE', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL']),
    })
    .refine(({ version, vectorString }) => cvssVersionOf(vectorString) === version, { path: ['vectorString'], message: 'not a vector of this CVSS version' })
    .optional(),
})

const Vulnerability = z
  .looseObject({
    cve: CveId.optional(),
    cwe: z.object({ id: z.string().regex(/^CWE-[1-9]\d{0,5}$/, 'a CWE id such as CWE-79'), name: line }).optional(),
    ids: z
      .array(z.object({ system_name: line, text: line }))
      .min(1)
      .max(50)
      .optional(),
    title: line.optional(),
    notes: z.array(Note).min(1).max(1000).optional(),
    product_status: z.object(Object.fromEntries(PRODUCT_STATUSES.map((status) => [status, productIds.optional()]))).optional(),
    references: z.array(Reference).min(1).max(1000).optional(),
    scores: z.array(Score).min(1).max(50).optional(),
    flags: z
      .array(z.object({ product_ids: productIds.optional(), group_ids: groupIds.optional() }))
      .min(1)
      .optional(),
    remediations: z
      .array(z.object({ product_ids: productIds.optional(), group_ids: groupIds.optional() }))
      .min(1)
      .optional(),
    threats: z
      .array(z.object({ product_ids: productIds.optional(), group_ids: groupIds.optional() }))
      .min(1)
      .optional(),
  })
  .refine((vulnerability) => Object.keys(vulnerability).length > 0, 'an empty vulnerability')

export const Csaf20 = z.object({
  document: z.object({
    category: z
      .string()
      .regex(/^[^\s\-_.](.*[^\s\-_.])?$/, 'a document category')
      .max(500),
    csaf_version: z.literal('2.0'),
    title: line,
    distribution: z.object({ tlp: z.object({ label: z.enum(['WHITE', 'GREEN', 'AMBER', 'RED']) }).optional() }).optional(),
    notes: z.array(Note).min(1).max(1000).optional(),
    publisher: z.object({ category: z.enum(['coordinator', 'discoverer', 'other', 'translator', 'user', 'vendor']), name: line, namespace: z.url().max(2000) }),
    references: z.array(Reference).min(1).max(1000).optional(),
    tracking: z.object({
      id: line,
      version: line,
      status: z.enum(['draft', 'final', 'interim']),
      current_release_date: date,
      initial_release_date: date,
      revision_history: z
        .array(z.object({ date, number: line, summary: z.string().min(1).max(10_000) }))
        .min(1)
        .max(1000),
    }),
  }),
  product_tree: ProductTree.optional(),
  vulnerabilities: z.array(Vulnerability).min(1).max(1000).optional(),
})
export type Csaf20 = z.output<typeof Csaf20>
