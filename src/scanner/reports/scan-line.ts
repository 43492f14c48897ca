import { createHash } from 'node:crypto'
import type { NotChecked, ScanLine, ScanResult } from '#scanner/verdict/contract.ts'
import { SCAN_SCHEMA } from '#scanner/verdict/schema.ts'
import { decide } from '#scanner/verdict/decide.ts'

/** The line of one file (docs/scan-json.md); `bytes` are undefined where they could not be read. Pure. */
export function scanLine(path: string, bytes: Buffer | undefined, result: ScanResult): ScanLine {
  if (result.outcome !== 'not-scanned') {
    const { sha256, size, type, verdict, extracted, schema, outcome } = result
    return { path, sha256, size, type, verdict, extracted, schema, outcome }
  }
  const { code, limit, detail } = result.reason
  const everything: NotChecked = { path: '/', what: 'the whole file', why: detail.slice(0, 300), reason: code, ...(limit && { limit }) }
  return {
    path,
    sha256: bytes ? createHash('sha256').update(bytes).digest('hex') : null,
    size: bytes?.length ?? null,
    type: null,
    verdict: decide([], [everything]),
    extracted: [],
    schema: SCAN_SCHEMA,
    outcome: 'not-scanned',
  }
}
