import { z } from 'zod'
import { DetonationOptions, EndState, Environment, Signal } from '#scanner/detonation/contract.ts'
import { JOINED_SCHEMA, SCAN_SCHEMA } from './schema.ts'

export const Exploit = z.enum(['confirmed', 'attempted', 'technique-only', 'none-seen'])
export type Exploit = z.infer<typeof Exploit>

/** What is said of a field here stands in the published schema too (docs/scan.schema.json). */
const path = z.string().max(4096).describe('Of the object, through its containers: / is the file itself, !/ leads into a container.')
const CVE = /^CVE-\d{4}-\d{4,}$/
const attack = z.array(z.string().regex(/^T\d{4}(\.\d{3})?$/)).describe('ATT&CK technique ids.')
const findings = z.array(z.int().nonnegative()).min(1).describe('Places in `seen`, from 0.')

export const Severity = z.enum(['high', 'medium', 'low', 'info'])
export type Severity = z.infer<typeof Severity>

/** One thing that a reader can check by hand: where it is, what stands there, which bound it breaks, and what it proves. */
export const Seen = z.strictObject({
  path,
  offset: z.int().nonnegative().optional().describe('In the object, in bytes (in characters for a part of XML).'),
  length: z.int().nonnegative().optional().describe('In the unit of the offset.'),
  field: z.string().max(200).describe('What stands there.'),
  value: z.union([z.string().max(1000), z.number()]),
  limit: z.number().optional().describe('The bound that the value breaks.'),
  why: z.string().max(1000).describe('What it proves or belongs to, in one sentence.'),
})
export type Seen = z.infer<typeof Seen>

const Tlp = z.enum(['CLEAR', 'GREEN', 'AMBER', 'AMBER+STRICT', 'RED'])
export type Tlp = z.infer<typeof Tlp>

/** Active or deceptive content. */
const Technique = z.strictObject({
  id: z.string().max(64).describe('The evidence that found it (docs/evidence.md), such as vba-autoexec.'),
  attack,
  severity: Severity,
  why: z.string().max(1000),
  findings,
  tlp: Tlp.optional().describe('The marking of the YARA rule that found it: whoever passes the finding on holds to it.'),
})
export type Technique = z.infer<typeof Technique>

export const NotChecked = z.strictObject({
  path,
  what: z.string().max(200).describe('What stayed unexamined.'),
  why: z.string().max(300).describe('Why, in words.'),
  reason: z.enum(['limit', 'encrypted', 'damaged', 'unsupported', 'crash', 'unreadable', 'not-run']),
  limit: z.string().max(40).optional().describe('Of a limit: its name (docs/scan-json.md).'),
})
export type NotChecked = z.infer<typeof NotChecked>

export const Verdict = z.strictObject({
  exploit: Exploit.describe('A static scan alone never says confirmed; none-seen does not mean that the file is harmless.'),
  reasons: z.array(z.string().max(1200)).min(1).describe('Each in one sentence: why the verdict is what it is, and what it leaves out.'),
  cve: z
    .array(
      z.strictObject({
        id: z.string().regex(CVE),
        basis: z.enum(['structure', 'behaviour', 'both']),
        confidence: z.int().min(0).max(100).describe('How sure it is, of 100.'),
        findings,
      }),
    )
    .describe('Named, each with the whole proof of its structure.'),
  candidates: z
    .array(z.strictObject({ id: z.string().regex(CVE), why: z.string().max(500), findings }))
    .describe('What lacks a part of its proof, and which. Never a name.'),
  techniques: z.array(Technique).describe('Active or deceptive content that exploits no vulnerability.'),
  notes: z.array(Technique).describe('Worth knowing; changes no verdict.'),
  seen: z.array(Seen).describe('The proofs.'),
  not_checked: z.array(NotChecked).describe('What stayed unexamined, and why: never a negative.'),
})
export type Verdict = z.infer<typeof Verdict>

/** An object that was found inside the file. */
export const Extracted = z.strictObject({
  path,
  type: z.string().max(40).describe('By its content: docx, xls, rtf, pdf, ...'),
  via: z.string().max(40).describe('How it came out of its container.'),
  sha256: z.string().length(64),
  size: z.int().nonnegative().describe('In bytes.'),
  offset: z.int().nonnegative().optional().describe('Where what holds it begins in the object around it, in bytes, where that is known.'),
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

const timings = z.strictObject({ cpu_ms: z.number().nonnegative(), wall_ms: z.number().nonnegative() })

/** One line of `vedette scan --json`: a file that could not be scanned at all has the same shape, and everything of it in `not_checked`. */
export const ScanLine = z.strictObject({
  path: z.string().max(4096).describe('As it was given or found.'),
  sha256: z.string().length(64).nullable().describe('Null for a file that could not be read, like size.'),
  size: z.int().nonnegative().nullable().describe('In bytes.'),
  type: z.string().max(40).nullable().describe('By its content and never by its name: docx, xls, rtf, pdf, ... Null where there is no verdict.'),
  verdict: Verdict,
  extracted: z.array(Extracted).max(5001).describe('Every object that was found inside.'),
  schema: z.literal(SCAN_SCHEMA),
  outcome: z
    .enum([...ScanReport.shape.outcome.options, NotScanned.shape.outcome.value])
    .describe('complete: all of it was opened; incomplete: a part was not; refused: a limit was reached; not-scanned: there is no verdict.'),
  timings: timings.optional().describe('Only where it is asked for: it differs from run to run.'),
})
export type ScanLine = z.infer<typeof ScanLine>

const Basis = z.enum(['structure', 'behaviour', 'both'])

/** How one environment took the document, over all its runs with and without macros. */
const Tried = z.strictObject({
  environment: Environment,
  runs: z.array(z.strictObject({ options: DetonationOptions, end: EndState, why_ended: z.string().max(500), dwell_ms: z.int().nonnegative() })).max(20),
  /**
   * `effect`: what only an exploit does. `crash`: a fault. `active`: content acted by what the viewer offers. `not-seen`: every run ended as it does with any
   * document, and nothing was out of the ordinary. `undecided`: neither; it says nothing about the document.
   */
  showed: z.enum(['effect', 'crash', 'active', 'not-seen', 'undecided']),
  /** In one sentence that names the viewer and its version. */
  said: z.string().max(1000),
})

const SeenIn = z.strictObject({
  /** Name of the environment. */
  environment: z.string().max(64),
  /** Which of its runs, from 0. */
  run: z.int().nonnegative(),
  /** Whose doing it was: the macro's, if there is one and it stayed away in a run without macros; `unknown`, if no such run tells, or no macro was found. */
  by: z.enum(['document', 'macro', 'unknown']),
  signal: Signal,
})

/**
 * The answer for one submission: its static scan together with what environments showed. What was not seen is said of each environment by its name, and of
 * nothing else; no part of it means that a document is harmless.
 */
export const JoinedReport = z.strictObject({
  schema: z.literal(JOINED_SCHEMA),
  exploit: Exploit,
  /** What the answer rests on; null for none-seen. */
  basis: Basis.nullable(),
  reasons: z.array(z.string().max(1200)).min(1).max(400),
  cve: z.array(z.strictObject({ id: z.string().regex(CVE), basis: Basis, confidence: z.int().min(0).max(100) })),
  /** Never names: what lacks a part of its proof, or was fixed in the window of versions in which the reaction went away. */
  candidates: z.array(z.strictObject({ id: z.string().regex(CVE), why: z.string().max(500) })),
  /** The current version reacts too, in two runs: for the operator only. */
  zero_day: z.array(z.strictObject({ line: z.string().max(40), environment: z.string().max(64), why: z.string().max(1000) })),
  /** The static scan as it stands, and in `behaviour` what environments showed. */
  seen: z.strictObject({ structure: ScanResult, behaviour: z.array(SeenIn).max(5000) }),
  environments: z.array(Tried).max(100),
  not_checked: z.array(z.union([NotChecked, z.strictObject({ environment: z.string().max(64), what: z.string().max(300), why: z.string().max(500) })])),
})
export type JoinedReport = z.infer<typeof JoinedReport>

/** One line of `vedette scan --vm --json` of a file that was opened in an environment; one that was opened in none has a `ScanLine` that says so. */
export const JoinedLine = z.strictObject({
  path: ScanLine.shape.path,
  ...JoinedReport.shape,
  timings: timings.optional().describe('Of the static scan, and only where it is asked for.'),
})
export type JoinedLine = z.infer<typeof JoinedLine>
