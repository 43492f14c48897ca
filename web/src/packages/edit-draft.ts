import type { CurrentContent, PackageContentInput } from '#program/packages/contract.ts'
import type { Package } from './packages.ts'

const FIELDS = [
  'title',
  'description',
  'tlp',
  'sharingGroup',
  'bulletin',
  'vulnerabilities',
  'products',
  'references',
  'detection',
  'rules',
  'samples',
  'credit',
  'permittedUse',
  'validateParts',
] as const satisfies readonly (keyof CurrentContent)[]

/** What an author changes here, and the hash of the content that it is a change of. */
export interface EditDraft extends Readonly<Pick<CurrentContent, (typeof FIELDS)[number]>> {
  readonly base: string
}
export type VulnerabilityDraft = EditDraft['vulnerabilities'][number]

/** Name under which what is typed is kept in the tab. The number is that of the schema: what was typed for an older one does not fit. */
export function editDraftName(id: string): string {
  return `package-2:${id}`
}

export const NEW_GUIDANCE: EditDraft['detection'][number] = { sensor: 'file', title: '', guidance: '', falsePositives: '' }
export const NEW_VULNERABILITY: VulnerabilityDraft = {
  cve: null,
  otherIds: [],
  title: null,
  description: '',
  cwes: [],
  cvss: [],
  exploitability: { latest: null, older: null, text: '' },
  attackVector: { channel: null, text: '' },
  triggerConditions: '',
  reproduction: [],
  crash: { frames: [], text: '' },
  fixes: [],
  statedDisclosure: null,
  affected: [],
  fixed: [],
}

/** Undefined for a reader from whom part of the content is hidden: who does not see it cannot send it back. */
export function editDraftOf({ contentHash, content }: Package): EditDraft | undefined {
  if (contentHash === null || FIELDS.some((field) => content[field] === undefined)) return undefined
  return { base: contentHash, ...Object.fromEntries(FIELDS.map((field) => [field, content[field]])) } as EditDraft
}

/** The whole content with what was typed in its place. */
export function editedContent({ content }: Package, { base: _base, ...typed }: EditDraft): PackageContentInput {
  return { ...content, ...typed }
}

/** Whether anything was typed that the version does not say already. */
export function isChanged(version: Package, { base: _base, ...typed }: EditDraft): boolean {
  return Object.entries(typed).some(([field, value]) => JSON.stringify(value) !== JSON.stringify(version.content[field as keyof Package['content']]))
}

/** JSON Pointers of everything that the form has a field for, so that what is wrong with it is said there. */
export function shownFields({ base: _base, ...typed }: EditDraft): string[] {
  return pointersIn(typed, '/content')
}

function pointersIn(value: unknown, at: string): string[] {
  if (typeof value !== 'object' || value === null) return [at]
  return Object.entries(value).flatMap(([key, inner]) => pointersIn(inner, `${at}/${key}`))
}
