import { z } from 'zod'
import { SCAN_SCHEMA } from './schema.ts'

export const Exploit = z.enum(['confirmed', 'attempted', 'technique-only', 'none-seen'])
export type Exploit = z.infer<typeof Exploit>

const path = z.string().max(4096)
const CVE = /^CVE-\d{4}-\d{4,}$/
const attack = z.array(z.string().regex(/^T\d{4}(\.\d{3})?$/))
/** Places in `seen`. */
const findings = z.array(z.int().nonnegative()).min(1)

export const Severity = z.enum(['high', 'medium', 'low', 'info'])
export type Severity = z.infer<typeof Severity>

/** One thing that a reader can check by hand: where it is, what stands there, which bound it breaks, and what it proves. */
export const Seen = z.strictObject({
  /** Of the object, through its containers. */
  path,
  /** In the object, in bytes (in characters for a part of XML). */
  offset: z.int().nonnegative().optional(),
  length: z.int().nonnegative().optional(),
  field: z.string().max(200),
  value: z.union([z.string().max(1000), z.number()]),
  /** The bound that the value breaks. */
  limit: z.number().optional(),
  /** What it proves or belongs to, in one sentence. */
  why: z.string().max(1000),
})
export type Seen = z.infer<typeof Seen>

/** Active or deceptive content; `id` is the evidence file that found it, such as `vba-autoexec`. */
const Technique = z.strictObject({
  id: z.string().max(64),
  attack,
  severity: Severity,
  why: z.string().max(1000),
  findings,
  /** The marking of the YARA rule that found it: whoever passes the finding on holds to it. */
  tlp: z.enum(['CLEAR', 'GREEN', 'AMBER', 'AMBER+STRICT', 'RED']).optional(),
})
export type Technique = z.infer<typeof Technique>

export const NotChecked = z.strictObject({
  path,
  /** What stayed unexamined. */
  what: z.string().max(200),
  /** Why, in words. */
  why: z.string().max(300),
  reason: z.enum(['limit', 'encrypted', 'damaged', 'unsupported', 'crash', 'unreadable']),
  /** Of a limit: its name (docs/scan-json.md). */
  limit: z.string().max(40).optional(),
})
export type NotChecked = z.infer<typeof NotChecked>

export const Verdict = z.strictObject({
  exploit: Exploit,
  /** Each in one sentence: why the verdict is what it is, and what it leaves out. */
  reasons: z.array(z.string().max(1200)).min(1),
  /** Named, each with the whole proof of its structure; how sure that is, from 0 to 100. */
  cve: z.array(z.strictObject({ id: z.string().regex(CVE), basis: z.enum(['structure', 'behaviour', 'both']), confidence: z.int().min(0).max(100), findings })),
  /** What lacks a part of its proof, and which. Never a name. */
  candidates: z.array(z.strictObject({ id: z.string().regex(CVE), why: z.string().max(500), findings })),
  techniques: z.array(Technique),
  /** Worth knowing; changes no verdict. */
  notes: z.array(Technique),
  /** What the others are shown by. */
  seen: z.array(Seen),
  not_checked: z.array(NotChecked),
})
export type Verdict = z.infer<typeof Verdict>

/** An object that was found inside the file. */
export const Extracted = z.strictObject({
  path,
  type: z.string().max(40),
  /** How it came out of its container. */
  via: z.string().max(40),
  sha256: z.string().length(64),
  size: z.int().nonnegative(),
  /** Where what holds it begins in the object around it, in bytes, where that is known. */
  offset: z.int().nonnegative().optional(),
})
export type Extracted = z.infer<typeof Extracted>

/** What one scan of one file answers. The same bytes, passwords, rules and version give the same answer, byte for byte. */
export const ScanReport = z.strictObject({
  schema: z.literal(SCAN_SCHEMA),
  /**
   * `complete`: everything in it was opened. `incomplete`: the verdict stands for what was opened, `not_checked` says what was not.
   * `refused`: a limit was reached. `not-scanned`: there is no verdict.
   */
  outcome: z.enum(['complete', 'incomplete', 'refused']),
  sha256: z.string().length(64),
  size: z.int().nonnegative(),
  /** The kind of document by its content: docx, xls, rtf, pdf, ... */
  type: z.string().max(40),
  verdict: Verdict,
  extracted: z.array(Extracted).max(5001),
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

/** One line of `vedette scan --json`: a file that could not be scanned at all has the same shape, and everything of it in `not_checked`. */
export const ScanLine = z.strictObject({
  /** As it was given or found. */
  path,
  /** Null for a file that could not be read. */
  sha256: z.string().length(64).nullable(),
  size: z.int().nonnegative().nullable(),
  type: z.string().max(40).nullable(),
  verdict: Verdict,
  extracted: z.array(Extracted).max(5001),
  schema: z.literal(SCAN_SCHEMA),
  outcome: z.enum([...ScanReport.shape.outcome.options, NotScanned.shape.outcome.value]),
  /** Only where it is asked for: it differs from run to run. */
  timings: z.strictObject({ cpu_ms: z.number().nonnegative(), wall_ms: z.number().nonnegative() }).optional(),
})
export type ScanLine = z.infer<typeof ScanLine>
