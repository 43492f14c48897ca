import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const LISTER = fileURLToPath(new URL('./extents.pl', import.meta.url))
// Each second block of a disk of half a GiB, with room to spare.
const MOST_OUTPUT = 8 * 2 ** 20

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
  const { stdout } = await promisify(execFile)('/usr/bin/perl', [LISTER, `/proc/${process.pid}/fd/${file}`], { env: {}, maxBuffer: MOST_OUTPUT })
  return stdout.split('\n').flatMap((line) => {
    const [from, to] = line.split(' ').map(Number)
    return from === undefined || to === undefined ? [] : [{ from, to }]
  })
}
