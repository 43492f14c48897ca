import { z } from 'zod'

/** The version of the scan result that `vedette scan --json`, the API and the database share (docs/scan-json.md). */
export const SCAN_SCHEMA = 'vedette.scan/1'

export const Exploit = z.enum(['confirmed', 'attempted', 'technique-only', 'none-seen'])
export type Exploit = z.infer<typeof Exploit>

/** One thing that a reader can check by hand: where it is, what stands there, and which bound it breaks. */
export const Proof = z.strictObject({
  path: z.string().max(4096),
  offset: z.int().nonnegative().optional(),
  field: z.string().max(200),
  value: z.union([z.string().max(1000), z.number()]),
  limit: z.number().optional(),
})
export type Proof = z.infer<typeof Proof>

export const Finding = z.strictObject({
  /** The evidence file that found it, such as `vba-autoexec`. */
  id: z.string().max(64),
  /** `exploit`: a complete structure that triggers a vulnerability; `technique`: active or deceptive content; `note`: worth knowing, changes no verdict. */
  kind: z.enum(['exploit', 'technique', 'note']),
  severity: z.enum(['high', 'medium', 'low', 'info']),
  summary: z.string().max(1000),
  /** ATT&CK technique ids. */
  attack: z.array(z.string().regex(/^T\d{4}(\.\d{3})?$/)),
  cve: z
    .string()
    .regex(/^CVE-\d{4}-\d{4,}$/)
    .optional(),
  /** A CVE that would fit but lacks part of its proof, with what lacks. Never a name. */
  candidate: z.strictObject({ id: z.string().regex(/^CVE-\d{4}-\d{4,}$/), why: z.string().max(500) }).optional(),
  proof: z.array(Proof).min(1).max(50),
})
export type Finding = z.infer<typeof Finding>

export const NotCheckedEntry = z.strictObject({
  path: z.string().max(4096),
  reason: z.enum(['limit', 'encrypted', 'damaged', 'unsupported']),
  limit: z.string().max(40).optional(),
  detail: z.string().max(300),
})

export const Verdict = z.strictObject({
  exploit: Exploit,
  /** Each in one sentence: why the verdict is what it is. */
  reasons: z.array(z.string().max(1200)).min(1),
  cve: z.array(
    z.strictObject({
      id: z.string(),
      basis: z.enum(['structure', 'behaviour', 'both']),
      confidence: z.enum(['high', 'medium']),
      findings: z.array(z.int().nonnegative()).min(1),
    }),
  ),
  candidates: z.array(z.strictObject({ id: z.string(), why: z.string(), findings: z.array(z.int().nonnegative()).min(1) })),
  /** What was found; `findings` above are places in this list. */
  seen: z.array(Finding),
  not_checked: z.array(NotCheckedEntry),
})
export type Verdict = z.infer<typeof Verdict>

export const ScanObject = z.strictObject({
  path: z.string().max(4096),
  type: z.string().max(40),
  via: z.string().max(40),
  size: z.int().nonnegative(),
  sha256: z.string().length(64),
})

/** What one scan of one file answers. The same bytes under the same version give the same answer, byte for byte. */
export const ScanReport = z.strictObject({
  schema: z.literal(SCAN_SCHEMA),
  /**
   * `complete`: everything in it was opened. `incomplete`: the verdict stands for what was opened, `not_checked` says what was not.
   * `refused`: a limit was reached. `not-scanned`: there is no verdict.
   */
  outcome: z.enum(['complete', 'incomplete', 'refused']),
  size: z.int().nonnegative(),
  sha256: z.string().length(64),
  /** The kind of document by its content: docx, xls, rtf, pdf, ... */
  type: z.string().max(40),
  objects: z.array(ScanObject).max(5001),
  verdict: Verdict,
})
export type ScanReport = z.infer<typeof ScanReport>

/** Why a file has no verdict at all. `limit`: of time, memory, output or size; `crash`: the reader's process ended. */
export const NotScanned = z.strictObject({
  schema: z.literal(SCAN_SCHEMA),
  outcome: z.literal('not-scanned'),
  reason: z.strictObject({
    code: z.enum(['limit', 'crash', 'unreadable']),
    limit: z.enum(['cpu', 'wall', 'memory', 'output', 'inputBytes']).optional(),
    detail: z.string().max(500),
  }),
})
export type NotScanned = z.infer<typeof NotScanned>

export const ScanResult = z.discriminatedUnion('outcome', [ScanReport, NotScanned])
export type ScanResult = z.infer<typeof ScanResult>
