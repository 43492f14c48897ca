import type { NotChecked, ScanLine, ScanResult } from '#scanner/verdict/contract.ts'
import { SCAN_SCHEMA } from '#scanner/verdict/schema.ts'
import { decide } from '#scanner/verdict/decide.ts'

/** What is known of a file's bytes without reading what they mean. */
export interface Identity {
  readonly sha256: string
  readonly size: number
}

/** The line of one file (docs/scan-json.md); `identity` is undefined where its bytes could not be read. Pure. */
export function scanLine(path: string, identity: Identity | undefined, result: ScanResult): ScanLine {
  if (result.outcome !== 'not-scanned') {
    const { sha256, size, type, verdict, extracted, schema, outcome } = result
    return { path, sha256, size, type, verdict, extracted, schema, outcome }
  }
  const { code, limit, detail } = result.reason
  const everything: NotChecked = { path: '/', what: 'the whole file', why: detail.slice(0, 300), reason: code, ...(limit && { limit }) }
  return {
    path,
    sha256: identity?.sha256 ?? null,
    size: identity?.size ?? null,
    type: null,
    verdict: decide([], [everything]),
    extracted: [],
    schema: SCAN_SCHEMA,
    outcome: 'not-scanned',
  }
}
