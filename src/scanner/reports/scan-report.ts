import { createHash } from 'node:crypto'
import { EVIDENCE } from '#scanner/evidence/all.ts'
import { LIMITS, type Limits } from '#scanner/intake/limits.ts'
import { unpack, type Unpacked } from '#scanner/intake/unpack.ts'
import type { Finding, ScanReport } from '#scanner/verdict/contract.ts'
import { decide } from '#scanner/verdict/decide.ts'

const MOST_FINDINGS = 500

/**
 * Scans the bytes of one file: opens what is in them, gathers evidence and decides. Pure, and byte for byte the same for the
 * same bytes, limits and version. Never throws for anything in the bytes.
 */
export function scanBytes(bytes: Buffer, limits: Limits = LIMITS): ScanReport {
  const unpacked = unpack(bytes, limits)
  const seen: Finding[] = EVIDENCE.flatMap((evidence) => evidence.judge(unpacked.facts))
  const notChecked = unpacked.notChecked.map((entry) => ({ ...entry }))
  if (seen.length > MOST_FINDINGS)
    notChecked.push({ path: '/', reason: 'limit', limit: 'facts', detail: `${seen.length} findings, of which ${MOST_FINDINGS} are listed` })
  return {
    schema: 'vedette.scan/1',
    outcome: outcomeOf(unpacked),
    size: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    type: unpacked.kind,
    objects: unpacked.objects.map((object) => ({ ...object })),
    verdict: decide(seen.slice(0, MOST_FINDINGS), notChecked),
  }
}

function outcomeOf({ notChecked }: Unpacked): ScanReport['outcome'] {
  if (notChecked.some(({ reason }) => reason === 'limit')) return 'refused'
  return notChecked.length > 0 ? 'incomplete' : 'complete'
}
