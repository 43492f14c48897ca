import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const LISTER = fileURLToPath(new URL('./extents.pl', import.meta.url))
// Each second block of a disk of half a GiB, with room to spare.
const MOST_OUTPUT = 8 * 2 ** 20
const WITHIN_MS = 30_000

type Failed = Error & { readonly stderr: string; readonly signal?: string; readonly code?: string | number }

/** Bytes of a file, the first included and the last not. */
export interface Extent {
  readonly from: number
  readonly to: number
}

/**
 * Where a file holds something, in order (lseek(2), SEEK_DATA, which Node does not offer); everything else is zero. To read the holes of a disk costs more than all else that is
 * done with it. Rejects where the file system does not say.
 */
export async function extentsOf(file: number): Promise<Extent[]> {
  const bounds = { env: {}, maxBuffer: MOST_OUTPUT, timeout: WITHIN_MS, killSignal: 'SIGKILL' } as const
  const { stdout } = await promisify(execFile)('/usr/bin/perl', [LISTER, `/proc/${process.pid}/fd/${file}`], bounds).catch((error: Failed) => {
    // Its message would begin with the command, and so with paths of this host.
    throw new Error(error.stderr.trim().split(': ').at(-1) || `the program that asks was ended (${error.signal ?? error.code})`)
  })
  return stdout.split('\n').flatMap((line) => {
    const [from, to] = line.split(' ').map(Number)
    return from === undefined || to === undefined ? [] : [{ from, to }]
  })
}
