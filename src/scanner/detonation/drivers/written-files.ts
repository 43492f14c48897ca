import type { Happening } from '../contract.ts'
import { compareDisk } from '../disk/compare-disk.ts'
import type { DiskListing } from '../disk/contract.ts'
import type { Clone } from '../machine/template.ts'
import type { Artefact } from '../sandbox.ts'

/** Told of one run; more are counted. */
const MOST_FILES = 1_500

/** What the host found on the disk of a guest that has ended. */
export interface WrittenFiles {
  readonly happenings: Happening[]
  /** Contents of files that were created or changed, of those that are small enough. Hostile. */
  readonly artefacts: Artefact[]
  /** What of the disk was not seen, and why; absent where all was. */
  readonly unseen?: string
}

/**
 * Ends the guest, and reads what its run wrote, changed and deleted, as its disk shows to the host: nothing in the guest can hide it there. The subject itself, which the agent laid there, counts only where it was
 * changed. `held` are the files that the viewer held open before it came. Never rejects.
 */
export async function writtenFiles(
  template: DiskListing | Error,
  clone: Pick<Clone, 'halt' | 'overlay'>,
  subject: string,
  t: number,
  held: ReadonlySet<string>,
): Promise<WrittenFiles> {
  if (template instanceof Error) return { happenings: [], artefacts: [], unseen: template.message }
  try {
    await clone.halt()
    const { changes, contents, unread } = await compareDisk(template, clone.overlay)
    const written = changes.filter(({ entry }) => entry.sha256 !== subject)
    const happenings = written.slice(0, MOST_FILES).map(({ action, entry: { path, size, sha256, program } }): Happening => ({
      kind: 'file',
      action,
      path,
      ...(action !== 'delete' && { size, ...(sha256 && { sha256 }), ...(program && { program }) }),
      ...(action === 'write' && held.has(path) && { held: true as const }),
      rank: 'host',
      t,
    }))
    const more = written.length - happenings.length
    if (more > 0) happenings.push({ kind: 'dropped', of: 'files of the disk', count: more, rank: 'host', t })
    const artefacts = [...contents].filter(([sha256]) => sha256 !== subject).map(([sha256, bytes]) => ({ sha256, bytes }))
    return { happenings, artefacts, ...(unread.length > 0 && { unseen: unread.join('; ') }) }
  } catch (error) {
    return { happenings: [], artefacts: [], unseen: (error as Error).message }
  }
}
