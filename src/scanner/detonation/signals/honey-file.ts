import type { HappeningOf } from '../contract.ts'
import { isPage } from './network-attempt.ts'
import { foreignPids } from './processes.ts'
import { of, perSubject, quoted, type Placed, type Rule, type Run } from './signal.ts'

const DONE = { create: 'made', write: 'written', move: 'moved', delete: 'deleted', execute: 'executed', read: 'read' } as const

/** A file was touched that lies there only to be stolen. */
export const honeyFile: Rule = {
  id: 'honey-file',
  requires: [
    'a file that nobody has a reason to touch (a key, a profile, a list of documents) was read, changed, moved or deleted',
    'it weighs as active where a document was opened, and Chromium itself read the file and told of a request for its address: any document may ask for that',
  ],
  attack: ['T1005', 'T1552.001'],
  weight: 'effect',
  source: 'scanner design, section 14: credentials, canaries',
  judge(run) {
    const asked = askedFor(run)
    return perSubject(
      of(run, 'file').filter(({ honey }) => honey),
      ({ path, action }) => `${action} ${path}`,
      ({ path, action }) => `${quoted(path)}, which nobody has a reason to touch, was ${DONE[action]}.`,
    ).map((one) => (one.shownBy.every((file) => file.kind === 'file' && asked(file)) ? { ...one, weight: 'active' as const } : one))
  },
}

/** Whether a document had the browser read a file by an address, as a frame or a picture does; what the page gets of that, the browser decides. */
function askedFor(run: Run): (file: Placed<HappeningOf<'file'>>) => boolean {
  // A page of the network is refused files: what of one reads them has got round that.
  if (run.environment.viewer !== 'chromium' || isPage(run)) return () => false
  const foreign = foreignPids(run)
  const paths = new Set(of(run, 'page').flatMap(({ action, url }) => ((action === 'request' || action === 'frame') && url ? (pathOf(url) ?? []) : [])))
  return ({ action, path, pid }) => action === 'read' && paths.has(path) && (pid === undefined || !foreign.has(pid))
}

function pathOf(url: string): string | undefined {
  const parsed = URL.parse(url)
  if (parsed?.protocol !== 'file:' || parsed.host !== '') return undefined
  try {
    return decodeURIComponent(parsed.pathname)
  } catch {
    return undefined
  }
}
