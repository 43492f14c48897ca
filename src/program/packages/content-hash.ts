import { createHash } from 'node:crypto'
import { canonicalJson } from '#platform/audit/canonical-json.ts'
import type { Id } from '#platform/ids.ts'
import type { PackageContent } from '#program/packages/contract.ts'

export type PackageId = Id<'package'>

/** The version of a package, and what it says. */
export interface Versioned {
  readonly package: PackageId
  readonly version: number
  readonly content: PackageContent
}

/**
 * SHA-256, in lower-case hex, of a version's canonical JSON (RFC 8785): what an approval names. Package and
 * version are hashed too, so that no approval of other content, of an older version or of another package fits.
 * Throws Problem INVALID_UTF8 for text that has no UTF-8 form or holds U+0000.
 */
export function contentHash({ package: id, version, content }: Versioned): string {
  return createHash('sha256')
    .update(`vedette package v1\n${canonicalJson({ package: id, version, content })}`)
    .digest('hex')
}
