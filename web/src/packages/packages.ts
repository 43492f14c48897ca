import { queryOptions } from '@tanstack/react-query'
import type { z } from 'zod'
import { PackageSummary, PackageView, ReceiptView, type FilePart, type PackageState, type Part } from '#program/packages/contract.ts'
import { get } from '../api/client.ts'
import { everyPage } from '../api/every-page.ts'

export type Summary = z.output<typeof PackageSummary>
export type Package = z.output<typeof PackageView>
export type Content = Package['content']
export type Receipt = z.output<typeof ReceiptView>
export type StoredFile = NonNullable<Content['attachments']>[number]

export const packagesQuery = queryOptions({
  queryKey: ['packages'],
  queryFn: ({ signal }) => everyPage(PackageSummary, '/api/packages', signal),
  refetchInterval: 30_000,
})

export function packageQuery(id: string) {
  return queryOptions({ queryKey: ['packages', id], queryFn: ({ signal }) => get(PackageView, `/api/packages/${id}`, {}, signal), refetchInterval: 60_000 })
}

export function receiptsQuery(id: string) {
  return queryOptions({
    queryKey: ['packages', id, 'receipts'],
    queryFn: ({ signal }) => everyPage(ReceiptView, `/api/packages/${id}/receipts`, signal),
    refetchInterval: 30_000,
  })
}

export const STATE_NAME: Readonly<Record<PackageState, string>> = {
  draft: 'Draft',
  'in-review': 'In review',
  approved: 'Approved',
  scheduled: 'Scheduled',
  released: 'Released',
  superseded: 'Superseded',
  deferred: 'Deferred',
  pulled: 'Pulled',
  withdrawn: 'Withdrawn',
}

/** The field of a content that holds the files of a part. */
export function filesOf(content: Content, part: FilePart): readonly StoredFile[] | undefined {
  return part === 'attachments' ? content.attachments : content.proofOfConcept
}

/** What a package is called where its title is not to be read. */
export function shortName({ title, bulletin, id }: Pick<Summary, 'title' | 'bulletin' | 'id'>): string {
  // The end of an id differs from package to package, its beginning only from day to day.
  return title ?? bulletin ?? `Package …${id.slice(-6)}`
}

export const PART_NAME = {
  existence: 'that it exists',
  description: 'description without detail',
  bulletin: 'bulletin and vulnerabilities',
  guidance: 'detection guidance',
  attachments: 'attachments',
  'proof-of-concept': 'proof of concept',
  credit: 'who found it',
} as const satisfies Record<Part, string>

export const SENSOR_NAME = { file: 'File', network: 'Network', host: 'Host', memory: 'Memory', 'cloud-log': 'Cloud log' } as const

/** TLP 2.0 (FIRST), section 2: who may be told, in one sentence. */
export const TLP_MEANING = {
  CLEAR: 'May be told to everybody.',
  GREEN: 'May be told within the community, not in public.',
  AMBER: 'Only for people of your organisation and its clients who need it to protect themselves.',
  'AMBER+STRICT': 'Only for people of your organisation who need it to protect themselves.',
  RED: 'Only for the person who receives it.',
} as const
