import { openPool } from '#scanner/jail/pool.ts'
import { figure } from './figure.ts'
import { LARGE } from './harness/large/kinds.ts'
import { largest } from './harness/scan-load.ts'

/**
 * What a reading process holds for files of each size and format: `bin/run bench/scan-memory.ts [FORMAT...]`. Each file is read by a process of its own that has
 * read one small file before. The file itself stands in that process once, whole, in every format, because what is said of it are places in it; what the
 * reading takes beside it is the figure to look at. On standard error the same as a table.
 */
const MIB = 2 ** 20
const SIZES = [
  ['4 KB', 4_000],
  ['100 KB', 100_000],
  ['1 MB', 1_000_000],
  ['10 MB', 10_000_000],
  ['100 MB', 100_000_000],
] as const

const wanted = process.argv.slice(2)
console.error('peak of the reading process, and beside an empty one and the file itself (MiB)')
for (const [kind, build] of Object.entries(LARGE)) {
  if (wanted.length > 0 && !wanted.includes(kind)) continue
  const row: string[] = []
  for (const [label, size] of SIZES) {
    const { peak, beside } = await measureOne(kind, label, build(size))
    row.push(`${label} ${peak.toFixed(0)} (${beside.toFixed(0)})`)
    figure(`${kind} of ${label}: peak memory of the reading process`, peak, 'MiB')
    if (size >= 1_000_000) figure(`${kind} of ${label}: the same beside an empty one and the file itself`, beside, 'MiB')
  }
  console.error(`${kind.padEnd(22)}${row.map((cell) => cell.padEnd(18)).join('')}`)
}

async function measureOne(kind: string, label: string, bytes: Buffer): Promise<{ readonly peak: number; readonly beside: number }> {
  const pool = openPool({ processes: 1 })
  try {
    await pool.scan(Buffer.from('{\\rtf1 one}'))
    const empty = largest().memoryMiB
    const result = await pool.scan(bytes)
    if (result.outcome === 'not-scanned') console.error(`${kind} of ${label}: ${result.reason.detail}`)
    else for (const { path, why } of result.verdict.not_checked.slice(0, 3)) console.error(`${kind} of ${label}: not examined: ${path}: ${why}`)
    const peak = largest().peakMiB
    return { peak, beside: Math.max(0, peak - empty - bytes.length / MIB) }
  } finally {
    pool.close()
  }
}
