import type { DetonationReport } from './detonations.ts'

/** A file that a run left, by its hash; what it is called comes from the guest. */
export interface LeftFile {
  readonly sha256: string
  readonly from: 'dropped' | 'downloaded' | 'script' | 'answer' | 'request' | 'other'
  readonly name: string
  readonly size: number | undefined
  /** Whether it can be saved; undefined where that is not known. */
  readonly kept: boolean | undefined
}

type Kept = readonly { readonly sha256: string; readonly size: number; readonly picture: boolean }[]
type Named = Omit<LeftFile, 'kept'>

/** The files that a report names by their hash, and what was kept beside them, each once; but no pictures. Pure. */
export function leftFiles(report: Pick<DetonationReport, 'happenings' | 'network'>, kept: Kept | undefined): LeftFile[] {
  const sizes = new Map(kept?.map(({ sha256, size }) => [sha256, size]))
  const named = namedFiles(report)
  const known = new Set(named.map(({ sha256 }) => sha256))
  const others = (kept ?? []).filter(({ sha256, picture }) => !picture && !known.has(sha256))
  return [
    ...named.map((one) => ({ ...one, size: sizes.get(one.sha256) ?? one.size, kept: kept && sizes.has(one.sha256) })),
    ...others.map(({ sha256, size }) => ({ sha256, from: 'other' as const, name: '', size, kept: true })),
  ]
}

function namedFiles({ happenings, network = [] }: Pick<DetonationReport, 'happenings' | 'network'>): Named[] {
  const told = happenings.flatMap((one): Named[] => {
    if (one.kind === 'file' && one.sha256 !== undefined) return [{ sha256: one.sha256, from: 'dropped', name: one.path, size: one.size }]
    if (one.kind !== 'page' || one.sha256 === undefined) return []
    return [{ sha256: one.sha256, from: one.action === 'download' ? 'downloaded' : 'script', name: one.url ?? one.detail, size: undefined }]
  })
  const passed = network.flatMap(({ url, request, response }): Named[] => [
    ...(response?.body?.sha256 === undefined ? [] : [{ sha256: response.body.sha256, from: 'answer' as const, name: url, size: response.body.size }]),
    ...(request.body?.sha256 === undefined ? [] : [{ sha256: request.body.sha256, from: 'request' as const, name: url, size: request.body.size }]),
  ])
  return [...new Map([...told, ...passed].toReversed().map((one) => [one.sha256, one])).values()].toReversed()
}
