import { createHash } from 'node:crypto'
import { constants, createReadStream, type ReadStream } from 'node:fs'
import { open, readdir, stat, type FileHandle } from 'node:fs/promises'
import { normalize } from 'node:path'
import { printable } from '#scanner/formats/bytes.ts'
import { LIMITS } from '#scanner/intake/limits.ts'
import type { Sample } from '#scanner/jail/sample.ts'
import type { Identity } from '#scanner/reports/scan-line.ts'
import type { NotScanned } from '#scanner/verdict/contract.ts'

/** `name` is what the file is called in answers; `file` is how it is opened: a name need not be text. */
export type Found = { readonly name: string; readonly file: Buffer | string } & ({ readonly unreadable?: undefined } | { readonly unreadable: string })

const SLASH = Buffer.from('/')
const HERE = Buffer.from('.')

/** The files that were named, and those below the folders that were named, in order; links inside folders are not followed. */
export async function* filesOf(paths: readonly string[]): AsyncGenerator<Found> {
  for (const path of paths) {
    const info = await stat(path).catch((error: NodeJS.ErrnoException) => error)
    if (info instanceof Error) yield { name: path, file: path, unreadable: reasonOf(info) }
    else if (info.isDirectory()) yield* below(Buffer.from(normalize(path)))
    else yield { name: path, file: path }
  }
}

async function* below(folder: Buffer): AsyncGenerator<Found> {
  const entries = await readdir(folder, { withFileTypes: true, encoding: 'buffer' }).catch((error: NodeJS.ErrnoException) => error)
  if (entries instanceof Error) {
    yield { name: folder.toString(), file: folder, unreadable: reasonOf(entries) }
    return
  }
  const within = folder.equals(HERE) ? Buffer.alloc(0) : folder.at(-1) === SLASH[0] ? folder : Buffer.concat([folder, SLASH])
  for (const entry of entries.sort((a, b) => Buffer.compare(a.name, b.name))) {
    const file = Buffer.concat([within, entry.name])
    if (entry.isDirectory()) yield* below(file)
    else if (entry.isFile()) yield { name: file.toString(), file }
  }
}

/** Larger files are read piece by piece, so that however many are scanned at once, none stands whole in this process. */
const WHOLE_BYTES = 2 ** 20
/** A pipe that took the file's place is refused and not waited for. */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK

/** The bytes of a regular file, or why they are not read. A pipe or device is refused before it can block. */
export async function sampleOf(file: Buffer | string): Promise<Sample | NotScanned['reason']> {
  try {
    await using handle = await open(file, FLAGS)
    const info = await handle.stat()
    if (!info.isFile()) return { code: 'unreadable', detail: 'not a regular file' }
    if (info.size > LIMITS.inputBytes) return { code: 'limit', limit: 'inputBytes', detail: `larger than ${LIMITS.inputBytes / 2 ** 20} MiB` }
    if (info.size > WHOLE_BYTES) return { size: info.size, pieces: () => piecesOf(file) }
    return (await wholeOf(handle)) ?? { code: 'unreadable', detail: 'it grew while it was read' }
  } catch (error) {
    return { code: 'unreadable', detail: reasonOf(error as NodeJS.ErrnoException) }
  }
}

/** What can be read, which may be more than was stated (files of /proc state nothing); undefined for more than a small file has. */
async function wholeOf(handle: FileHandle): Promise<Buffer | undefined> {
  const pieces: Buffer[] = []
  let length = 0
  for (;;) {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(64 * 1024))
    if (bytesRead === 0) return Buffer.concat(pieces)
    length += bytesRead
    if (length > WHOLE_BYTES) return undefined
    pieces.push(buffer.subarray(0, bytesRead))
  }
}

function piecesOf(file: Buffer | string): ReadStream {
  return createReadStream(file, { highWaterMark: WHOLE_BYTES, flags: FLAGS as unknown as string })
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
