import { createHash } from 'node:crypto'
import { EVIDENCE } from '#scanner/evidence/all.ts'
import { LIMITS } from '#scanner/intake/limits.ts'
import { unpack, type ScanOptions } from '#scanner/intake/unpack.ts'
import type { NotChecked, ScanReport } from '#scanner/verdict/contract.ts'
import { SCAN_SCHEMA } from '#scanner/verdict/schema.ts'
import type { Finding } from '#scanner/verdict/finding.ts'
import { decide } from '#scanner/verdict/decide.ts'

const MOST_FINDINGS = 500
const DEFAULTS: ScanOptions = { limits: LIMITS, passwords: [] }

/**
 * Scans the bytes of one file: opens what is in them, gathers evidence and decides. Pure, and byte for byte the same for the
 * same bytes, limits and version. Never throws for anything in the bytes.
 */
export function scanBytes(bytes: Buffer, options: Partial<ScanOptions> = {}): ScanReport {
  const unpacked = unpack(bytes, { ...DEFAULTS, ...options })
  const seen: Finding[] = EVIDENCE.flatMap((evidence) => evidence.judge(unpacked.facts))
  const notChecked: NotChecked[] = [...unpacked.notChecked]
  if (seen.length > MOST_FINDINGS)
    notChecked.push({ path: '/', what: 'findings', why: `${seen.length} findings, of which ${MOST_FINDINGS} are listed`, reason: 'limit', limit: 'facts' })
  return {
    schema: SCAN_SCHEMA,
    outcome: outcomeOf(notChecked),
    sha256: createHash('sha256').update(bytes).digest('hex'),
    size: bytes.length,
    type: unpacked.kind,
    verdict: decide(listed(seen), notChecked),
    extracted: unpacked.objects.slice(1).map((object) => ({ ...object })),
  }
}

/** As many findings as are listed, in their order; where there are more, no evidence takes the place of another. */
function listed(seen: readonly Finding[]): readonly Finding[] {
  if (seen.length <= MOST_FINDINGS) return seen
  const sizes = [...Map.groupBy(seen, ({ id }) => id).values()].map(({ length }) => length).sort((a, b) => a - b)
  let left = MOST_FINDINGS
  let most = 0
  for (const [i, size] of sizes.entries()) {
    most = Math.floor(left / (sizes.length - i))
    left -= Math.min(size, most)
  }
  const told = new Map<string, number>()
  return seen.filter(({ id }) => {
    const count = (told.get(id) ?? 0) + 1
    told.set(id, count)
    return count <= Math.max(1, most)
  })
}

function outcomeOf(notChecked: readonly NotChecked[]): ScanReport['outcome'] {
  if (notChecked.some(({ reason }) => reason === 'limit')) return 'refused'
  return notChecked.length > 0 ? 'incomplete' : 'complete'
}
