import type { DetonationReport } from './detonations.ts'

/** A file that a run left, by its hash; what it is called comes from the guest. */
export interface LeftFile {
  readonly sha256: string
  readonly from: 'dropped' | 'downloaded' | 'script' | 'answer' | 'request'
  readonly name: string
  readonly size: number | undefined
}

/** The files that a report names by their hash, each once, but no pictures. Pure. */
export function leftFiles({ happenings, network = [] }: Pick<DetonationReport, 'happenings' | 'network'>): LeftFile[] {
  const told = happenings.flatMap((one): LeftFile[] => {
    if (one.kind === 'file' && one.sha256 !== undefined) return [{ sha256: one.sha256, from: 'dropped', name: one.path, size: one.size }]
    if (one.kind !== 'page' || one.sha256 === undefined) return []
    return [{ sha256: one.sha256, from: one.action === 'download' ? 'downloaded' : 'script', name: one.url ?? one.detail, size: undefined }]
  })
  const passed = network.flatMap(({ url, request, response }): LeftFile[] => [
    ...(response?.body?.sha256 === undefined ? [] : [{ sha256: response.body.sha256, from: 'answer' as const, name: url, size: response.body.size }]),
    ...(request.body?.sha256 === undefined ? [] : [{ sha256: request.body.sha256, from: 'request' as const, name: url, size: request.body.size }]),
  ])
  return [...new Map([...told, ...passed].toReversed().map((one) => [one.sha256, one])).values()].toReversed()
}
