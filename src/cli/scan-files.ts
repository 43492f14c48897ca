import { createHash } from 'node:crypto'
import { constants, createReadStream, type ReadStream } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { printable } from '#scanner/formats/bytes.ts'
import { LIMITS } from '#scanner/intake/limits.ts'
import type { Sample } from '#scanner/jail/sample.ts'
import type { Identity } from '#scanner/reports/scan-line.ts'
import type { NotScanned } from '#scanner/verdict/contract.ts'

export type Found = { readonly file: string } | { readonly file: string; readonly unreadable: string }

/** The files that were named, and those below the folders that were named, in order; links inside folders are not followed. */
export async function* filesOf(paths: readonly string[]): AsyncGenerator<Found> {
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

/** Larger files are read piece by piece, so that however many are scanned at once, none stands whole in this process. */
const WHOLE_BYTES = 2 ** 20

/** The bytes of a regular file, or why they are not read. A pipe or device is refused before it can block. */
export async function sampleOf(file: string): Promise<Sample | NotScanned['reason']> {
  try {
    await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK)
    const info = await handle.stat()
    if (!info.isFile()) return { code: 'unreadable', detail: 'not a regular file' }
    if (info.size > LIMITS.inputBytes) return { code: 'limit', limit: 'inputBytes', detail: `larger than ${LIMITS.inputBytes / 2 ** 20} MiB` }
    if (info.size <= WHOLE_BYTES) return await handle.readFile()
    return { size: info.size, pieces: () => piecesOf(file) }
  } catch (error) {
    return { code: 'unreadable', detail: reasonOf(error as NodeJS.ErrnoException) }
  }
}

function piecesOf(file: string): ReadStream {
  return createReadStream(file, { highWaterMark: WHOLE_BYTES })
}

/** Hash and size of a file without a report; undefined where it cannot be read. */
export async function identityOf(sample: Sample): Promise<Identity | undefined> {
  const hash = createHash('sha256')
  if (Buffer.isBuffer(sample)) return { sha256: hash.update(sample).digest('hex'), size: sample.length }
  let size = 0
  try {
    for await (const piece of sample.pieces()) {
      hash.update(piece)
      size += piece.length
    }
  } catch {
    return undefined
  }
  return { sha256: hash.digest('hex'), size }
}

function reasonOf(error: NodeJS.ErrnoException): string {
  const known = { ENOENT: 'no such file', EACCES: 'no permission to read it', EISDIR: 'a folder', ELOOP: 'too many links' }[error.code ?? '']
  return known ?? printable(error.message, 300)
}
