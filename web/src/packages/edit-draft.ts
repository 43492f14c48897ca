import type { PackageContentInput, PermittedUse } from '#program/packages/contract.ts'
import type { Package } from './packages.ts'

type Guidance = NonNullable<NonNullable<Package['content']['detection']>[number]>

/** What an author changes here, and the hash of the content that it is a change of. */
export interface EditDraft {
  readonly base: string
  readonly title: string
  readonly description: string
  readonly tlp: Package['tlp']
  readonly detection: readonly Guidance[]
  readonly permittedUse: PermittedUse
  readonly validateParts: NonNullable<Package['content']['validateParts']>
}

/** Name under which what is typed is kept in the tab. */
export function editDraftName(id: string): string {
  return `package:${id}`
}

export const NEW_GUIDANCE: Guidance = { sensor: 'file', title: '', guidance: '', falsePositives: '' }

/** Undefined for a reader from whom part of the content is hidden: who does not see it cannot send it back. */
export function editDraftOf({ contentHash, content }: Package): EditDraft | undefined {
  const { title, description, tlp, detection, permittedUse, validateParts } = content
  if (contentHash === null || title === undefined || description === undefined || !tlp || !detection || !permittedUse || !validateParts) return undefined
  return { base: contentHash, title, description, tlp, detection, permittedUse, validateParts }
}

/** The whole content with what was typed in its place. */
export function editedContent({ content }: Package, { base: _base, ...typed }: EditDraft): PackageContentInput {
  return { ...(content as PackageContentInput), ...typed } as PackageContentInput
}

/** Whether anything was typed that the version does not say already. */
export function isChanged(version: Package, { base: _base, ...typed }: EditDraft): boolean {
  return Object.entries(typed).some(([field, value]) => JSON.stringify(value) !== JSON.stringify(version.content[field as keyof Package['content']]))
}
