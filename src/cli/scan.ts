import { constants } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { printable } from '#scanner/formats/bytes.ts'
import { LIMITS } from '#scanner/intake/limits.ts'
import { WEAK_FENCE } from '#scanner/jail/fence.ts'
import { openPool, type ScanPool } from '#scanner/jail/pool.ts'
import { scanLine } from '#scanner/reports/scan-line.ts'
import type { NotScanned, ScanResult } from '#scanner/verdict/contract.ts'
import { SCAN_SCHEMA } from '#scanner/verdict/schema.ts'

/** Exit codes of docs/scan-json.md: something that could not be scanned at all outranks something seen. */
const NONE_SEEN = 0
const SEEN = 1
const NOT_SCANNED = 2

interface Scanned {
  readonly file: string
  /** Undefined where they could not be read. */
  readonly bytes: Buffer | undefined
  readonly result: ScanResult
}

/** `vedette scan FILE|DIR...`: what the documents exploit, with reasons; needs no server and no database. */
export function command(program: Command): void {
  program
    .command('scan')
    .description('say whether documents exploit a vulnerability, and what proves it; exit 0 none seen, 1 exploit or technique seen, 2 not scanned')
    .argument('<file...>', 'files, and folders to scan with everything in them')
    .option('--json', 'one JSON object per line and file (docs/scan-json.md)')
    .action(async (paths: string[], { json }: { json?: true }) => {
      const pool = openPool({ processes: Math.max(1, Math.min(4, availableParallelism())) })
      if (pool.fence() === 'permissions') process.stderr.write(`${WEAK_FENCE}\n`)
      try {
        process.exitCode = await scanAll(paths, pool, json ? jsonLine : textLines)
      } finally {
        pool.close()
      }
    })
}

async function scanAll(paths: readonly string[], pool: ScanPool, show: (scanned: Scanned) => string): Promise<number> {
  const codes = new Set<number>()
  const ahead: Promise<Scanned>[] = []
  const finish = async () => {
    const line = await ahead.shift()!
    codes.add(exitCodeOf(line.result))
    return write(show(line))
  }
  const output = listenToOutput()
  for await (const found of filesOf(paths)) {
    ahead.push(scanFile(found, pool))
    while (ahead.length >= 8 && !output.closed) await finish()
    if (output.closed) break
  }
  while (ahead.length > 0 && !output.closed) await finish()
  return codes.has(NOT_SCANNED) || codes.size === 0 ? NOT_SCANNED : codes.has(SEEN) ? SEEN : NONE_SEEN
}

function exitCodeOf(result: ScanResult): number {
  if (result.outcome === 'not-scanned') return NOT_SCANNED
  return result.verdict.exploit === 'none-seen' ? NONE_SEEN : SEEN
}

type Found = { readonly file: string } | { readonly file: string; readonly unreadable: string }

/** The files that were named, and those below the folders that were named, in order; links inside folders are not followed. */
async function* filesOf(paths: readonly string[]): AsyncGenerator<Found> {
  for (const path of paths) {
    const info = await stat(path).catch((error: NodeJS.ErrnoException) => error)
    if (info instanceof Error) yield { file: path, unreadable: reasonOf(info) }
    else if (info.isDirectory()) yield* below(path)
    else yield { file: path }
  }
}

async function* below(folder: string): AsyncGenerator<Found> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => error)
  if (entries instanceof Error) {
    yield { file: folder, unreadable: reasonOf(entries) }
    return
  }
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* below(path)
    else if (entry.isFile()) yield { file: path }
  }
}

async function scanFile(found: Found, pool: ScanPool): Promise<Scanned> {
  if ('unreadable' in found) return { file: found.file, bytes: undefined, result: unreadable(found.unreadable) }
  const { file } = found
  const bytes = await readBounded(file).catch((error: NodeJS.ErrnoException) => error)
  if (bytes instanceof Error) return { file, bytes: undefined, result: unreadable(reasonOf(bytes)) }
  if (bytes === undefined) {
    const detail = `larger than ${LIMITS.inputBytes / 2 ** 20} MiB`
    return { file, bytes, result: { schema: SCAN_SCHEMA, outcome: 'not-scanned', reason: { code: 'limit', limit: 'inputBytes', detail } } }
  }
  return { file, bytes, result: await pool.scan(bytes) }
}

/** The bytes of a regular file; undefined for one that is too large. A pipe or device is refused before it can block. */
async function readBounded(file: string): Promise<Buffer | undefined> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const info = await handle.stat()
    if (!info.isFile()) throw new Error('not a regular file')
    return info.size > LIMITS.inputBytes ? undefined : await handle.readFile()
  } finally {
    await handle.close()
  }
}

function unreadable(detail: string): NotScanned {
  return { schema: SCAN_SCHEMA, outcome: 'not-scanned', reason: { code: 'unreadable', detail } }
}

function reasonOf(error: NodeJS.ErrnoException): string {
  const known = { ENOENT: 'no such file', EACCES: 'no permission to read it', EISDIR: 'a folder', ELOOP: 'too many links' }[error.code ?? '']
  return known ?? printable(error.message, 300)
}

function jsonLine({ file, bytes, result }: Scanned): string {
  return `${JSON.stringify(scanLine(file, bytes, result))}\n`
}

function textLines({ file, result }: Scanned): string {
  const name = printable(file, 4096)
  if (result.outcome === 'not-scanned') return `not scanned     ${name}\n    ${printable(result.reason.detail)}\n`
  const { exploit, reasons, cve, candidates } = result.verdict
  const named = cve.map(({ id }) => id).join(' ')
  const lines = [
    `${exploit.padEnd(15)} ${name} (${result.type})${named && `: ${named}`}`,
    ...reasons.map((reason) => `    ${reason}`),
    ...candidates.map(({ id, why }) => `    Possibly ${id}: ${why}.`),
  ]
  return `${lines.join('\n')}\n`
}

/** Whoever reads the output may stop early, as `head` does: then the work ends without noise. */
function listenToOutput(): { closed: boolean } {
  const state = { closed: false }
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    state.closed = true
  })
  return state
}

function write(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(text, () => resolve()))
}
