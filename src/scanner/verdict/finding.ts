import type { Severity, Technique } from './contract.ts'

/** What stands where, and which bound it breaks; offsets and lengths in bytes (in characters for a part of XML). */
export interface Proof {
  readonly path: string
  readonly offset?: number
  readonly length?: number
  readonly field: string
  readonly value: string | number
  readonly limit?: number
}

interface About {
  /** The evidence that found it. */
  readonly id: string
  readonly severity: Severity
  /** One sentence. */
  readonly summary: string
  /** ATT&CK technique ids. */
  readonly attack: readonly string[]
  /** At least one. */
  readonly proof: readonly Proof[]
}

/** A complete structure that triggers a vulnerability. */
export interface ExploitFinding extends About {
  readonly kind: 'exploit'
  readonly cve: string
  /** How sure it is that the structure is that of this CVE and of nothing else, from 0 to 100. */
  readonly confidence: number
}

/** Active or deceptive content, or a note: worth knowing, changes no verdict. */
export interface OtherFinding extends About {
  readonly kind: 'technique' | 'note'
  /** A CVE that would fit but lacks part of its proof, with what lacks. Never a name. */
  readonly candidate?: { readonly id: string; readonly why: string }
  /** The marking of the YARA rule that found it. */
  readonly tlp?: Technique['tlp']
}

/** One proven fact about a document, as one evidence says it. */
export type Finding = ExploitFinding | OtherFinding
