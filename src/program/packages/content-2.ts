import { z } from 'zod'
import { idSchema } from '#platform/ids.ts'
import type { Content1 } from '#program/packages/content-1.ts'
import {
  COMMON,
  CveId,
  Cvss,
  cweId,
  instant,
  line,
  OtherIds,
  prose,
  refuseContradictions,
  SENSORS,
  sha256,
  webAddress,
  type Refuse,
} from '#program/packages/content-fields.ts'

/** How likely exploitation is, in the steps of the Microsoft Exploitability Index. */
export const EXPLOITABILITY = ['detected', 'more-likely', 'less-likely', 'unlikely'] as const
/** From where an attacker has to reach the product: the values of CVSS's attack vector, in words. */
export const ATTACK_CHANNELS = ['network', 'adjacent', 'local', 'physical'] as const
/** What there is against a vulnerability. `none`: nothing yet; `none-planned`: no fix will come. */
export const FIX_KINDS = ['available', 'planned', 'mitigation', 'workaround', 'none-planned', 'none'] as const
/** What opening a sample can do: a live one attacks, an inert one was made unable to, a harmless one never did. */
export const SAMPLE_HANDLING = ['live', 'inert', 'harmless'] as const
export const RULE_KINDS = ['yara', 'sigma', 'snort', 'suricata'] as const

const productIds = z.array(line).max(10_000).default([])
const likelihood = z.enum(EXPLOITABILITY).nullable().default(null)

const Fix = z.strictObject({
  kind: z.enum(FIX_KINDS),
  details: prose.min(1),
  /** Ids of the products that it is for; empty for every affected one. */
  products: productIds,
  url: webAddress.nullable().default(null),
})

const Vulnerability = z.strictObject({
  /** Null while none is assigned. */
  cve: CveId.nullable(),
  otherIds: OtherIds,
  title: line.nullable().default(null),
  description: prose.default(''),
  /** `version` is that of the catalogue in which the name stands. */
  cwes: z
    .array(
      z.strictObject({
        id: cweId,
        name: line,
        version: z
          .string()
          .regex(/^[1-9]\d*\.\d+(\.\d+)?$/, 'a version of the CWE list such as 4.18')
          .nullable()
          .default(null),
      }),
    ) // prettier-ignore
    .max(20)
    .default([]),
  cvss: z.array(Cvss).max(50).default([]),
  /** For the latest version of the product, and for older ones. */
  exploitability: z.strictObject({ latest: likelihood, older: likelihood, text: prose.default('') }).prefault({}),
  attackVector: z.strictObject({ channel: z.enum(ATTACK_CHANNELS).nullable().default(null), text: prose.default('') }).prefault({}),
  triggerConditions: prose.default(''),
  /** In their order. */
  reproduction: z.array(prose.min(1)).max(200).default([]),
  /** `frames` of the stack, the innermost first; `text` for registers and whatever else a crash shows. */
  crash: z.strictObject({ frames: z.array(z.string().trim().min(1).max(1000)).max(500).default([]), text: prose.default('') }).prefault({}),
  fixes: z.array(Fix).max(100).default([]),
  /** As the source of the content states it: it says nothing about the release of the package, and opens nothing. */
  statedDisclosure: instant.nullable().default(null),
  /** Ids of products. */
  affected: productIds,
  fixed: productIds,
})

const Sample = z.strictObject({
  name: line,
  sha256,
  /** In bytes; null when it is not known. */
  size: z.number().int().min(0).nullable().default(null),
  handling: z.enum(SAMPLE_HANDLING),
  /** The attachment that holds its bytes; null where only the digest is told. */
  attachment: idSchema<'object'>().nullable().default(null),
})

/** Not the names that CSAF 2.1 keeps for its own two groups (6.1.40, 6.1.41). */
const groupName = line.refine((name) => !/^(public|no sharing allowed)$/i.test(name), 'a name that CSAF 2.1 keeps for itself')

const Content = z.strictObject({
  schema: z.literal(2).default(2),
  ...COMMON,
  vulnerabilities: z.array(Vulnerability).max(1000).default([]),
  samples: z.strictObject({ knownBad: z.array(Sample).max(1000).default([]), knownGood: z.array(Sample).max(1000).default([]) }).prefault({}),
  /** Drafts of detections: nobody tested them but their author. */
  rules: z
    .array(z.strictObject({ kind: z.enum(RULE_KINDS), name: line, sensor: z.enum(SENSORS), text: prose.min(1) }))
    .max(200)
    .default([]),
  /** Who found it. Members are shown it with the release, or with the bulletin if every finder agrees to that. */
  credit: z
    .strictObject({
      finders: z
        .array(z.strictObject({ name: line, organisation: line.nullable().default(null) }))
        .max(100)
        .default([]),
      showBeforeRelease: z.boolean().default(false),
    })
    .prefault({}),
  /** With whom members may share it before the release (CSAF 2.1, 3.2.2.5.1). Its name tells nothing of what the package says. */
  sharingGroup: z
    .strictObject({
      id: z.string().regex(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, 'a random UUID (version 4) in small letters'),
      name: groupName.nullable().default(null),
    })
    .nullable()
    .default(null),
})

/** What a package says: everything that its approval covers. */
export const Content2 = Content.superRefine((content, context) => {
  const refuse: Refuse = (path, message) => context.addIssue({ code: 'custom', path, message })
  refuseContradictions(content, refuse)
  refuseUnknown(content, refuse)
})
export type Content2 = z.output<typeof Content2>
export type Content2Input = z.input<typeof Content2>

function refuseUnknown({ products, vulnerabilities, attachments, samples }: z.output<typeof Content>, refuse: Refuse): void {
  const known = new Set(products.map(({ id }) => id))
  vulnerabilities.forEach(({ affected, fixed, fixes }, at) => {
    const have = new Set(affected)
    fixed.forEach((id, index) => have.has(id) && refuse(['vulnerabilities', at, 'fixed', index], 'a product that is affected too'))
    fixes.forEach((fix, n) =>
      fix.products.forEach((id, index) => known.has(id) || refuse(['vulnerabilities', at, 'fixes', n, 'products', index], 'not the id of a product')),
    )
  })
  const stored = new Map(attachments.map(({ object, sha256: digest }) => [object as string, digest]))
  for (const list of ['knownBad', 'knownGood'] as const) {
    samples[list].forEach(({ attachment, sha256: digest }, at) => {
      if (attachment !== null && stored.get(attachment) !== digest) refuse(['samples', list, at, 'attachment'], 'not an attachment with this digest')
    })
  }
}

/** The same in schema 2: what schema 1 had no place for is empty, and a product that it called both affected and fixed is affected. */
export function upgraded(content: Content1 | Content2): Content2 {
  if (content.schema === 2) return content
  const vulnerabilities = content.vulnerabilities.map(({ cwe, fixed, ...rest }) => {
    const affected = new Set(rest.affected)
    return { ...rest, cwes: cwe ? [cwe] : [], fixed: fixed.filter((id) => !affected.has(id)) }
  })
  return Content.parse({ ...content, schema: 2, vulnerabilities })
}
