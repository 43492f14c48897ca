import { z } from 'zod'
import { COMMON, CveId, Cvss, cweId, line, OtherIds, prose, refuseContradictions } from '#program/packages/content-fields.ts'

const Vulnerability = z.strictObject({
  /** Null while none is assigned. */
  cve: CveId.nullable(),
  otherIds: OtherIds,
  title: line.nullable().default(null),
  description: prose.default(''),
  cwe: z.strictObject({ id: cweId, name: line }).nullable().default(null),
  cvss: z.array(Cvss).max(50).default([]),
  /** Ids of products. */
  affected: z.array(line).max(10_000).default([]),
  fixed: z.array(line).max(10_000).default([]),
})

/** Schema 1: read where it is stored, so that its hash and its approval stay good; nothing is written in it any more. */
export const Content1 = z
  .strictObject({ schema: z.literal(1), ...COMMON, vulnerabilities: z.array(Vulnerability).max(1000).default([]) })
  .superRefine((content, context) => refuseContradictions(content, (path, message) => context.addIssue({ code: 'custom', path, message })))
export type Content1 = z.output<typeof Content1>
