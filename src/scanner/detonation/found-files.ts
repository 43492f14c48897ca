import type { Detonation, HappeningOf } from './contract.ts'

/** A file that came out of an opened submission. */
export interface FoundFile {
  readonly sha256: string
  /** As it was called there: hostile. */
  readonly name: string
}

/** Signals whose files were not there before, and are not what the viewer leaves by itself. */
const TELLING: ReadonlySet<string> = new Set(['dropped-file', 'write-then-execute'])

/**
 * Files that are to be scanned in turn, each once: what a page handed out, what the agent kept, and what was written and is out of the ordinary for its
 * viewer. Pure.
 */
export function foundFiles(reports: readonly Detonation[]): FoundFile[] {
  const found = reports.flatMap((report) => [...downloadsOf(report), ...writtenOf(report)].filter(({ sha256 }) => sha256 !== report.sha256))
  // A download comes first: it has the name that the page gave it.
  const once = new Map<string, FoundFile>()
  for (const one of found) if (!once.has(one.sha256)) once.set(one.sha256, one)
  return [...once.values()]
}

/** A download is told by the browser, with its name; its bytes are those that the proxy passed on, or that the agent kept under the download's id. */
function downloadsOf({ happenings, network = [] }: Detonation): FoundFile[] {
  const passed = new Map(
    network.flatMap(({ url, response }) => (response?.body?.sha256 !== undefined && response.body.cut !== true ? [[url, response.body.sha256] as const] : [])),
  )
  return downloads(happenings).flatMap(({ detail, sha256, url }) => {
    const digest = sha256 ?? (url === undefined ? undefined : passed.get(url))
    return digest === undefined ? [] : [{ sha256: digest, name: nameIn(detail) }]
  })
}

function writtenOf({ happenings, signals }: Detonation): FoundFile[] {
  const told = new Set(signals.filter(({ id }) => TELLING.has(id)).flatMap(({ shown_by: places }) => places))
  const names = new Map(downloads(happenings).map(({ id, detail }) => [id, detail]))
  return happenings.flatMap((one, place) => {
    if (one.kind !== 'file' || one.sha256 === undefined || one.honey === true || (one.action !== 'write' && one.action !== 'create' && one.action !== 'move'))
      return []
    if (one.rank !== 'guest' && !told.has(place)) return []
    const name = nameIn(one.path)
    return [{ sha256: one.sha256, name: nameIn(names.get(name) ?? name) }]
  })
}

const downloads = (happenings: Detonation['happenings']) =>
  happenings.filter((one): one is HappeningOf<'page'> => one.kind === 'page' && one.action === 'download')

/** The last part of a path of either system. */
function nameIn(path: string): string {
  return path.split(/[/\\]/).at(-1)!.slice(0, 200)
}
