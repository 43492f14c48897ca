import { z } from 'zod'
import { document, rest, type Csaf20 } from '#program/advisories/csaf-20.ts'

/**
 * What CSAF 2.1 (committee specification draft 03) has otherwise than 2.0: TLP 2.0 and the sharing group, which are required or
 * new, several weaknesses, metrics with their content, more kinds of remedies, paths of products.
 */
export const Csaf21 = z.object({
  $schema: z.literal('https://docs.oasis-open.org/csaf/csaf/v2.1/schema/csaf.json'),
  document: document.extend({
    csaf_version: z.literal('2.1'),
    distribution: z.object({
      tlp: z.object({ label: z.enum(['CLEAR', 'GREEN', 'AMBER', 'AMBER+STRICT', 'RED']) }),
      sharing_group: z
        .object({
          id: z
            .string()
            .regex(
              /^([0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}|0{8}(-0{4}){3}-0{12}|f{8}(-f{4}){3}-f{12})$/,
              'the UUID of a sharing group',
            ),
          name: z.string().trim().min(1).max(500).optional(),
        })
        .optional(),
    }),
  }),
  ...rest,
})
type Csaf21 = z.output<typeof Csaf21>

/** A document of either version. */
export type Csaf = Csaf20 | Csaf21
