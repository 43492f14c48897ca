import { describe, expect, it } from 'vitest'
import { PackageContent } from '#program/packages/contract.ts'
import { editDraftOf, editedContent, isChanged } from './edit-draft.ts'
import type { Package } from './packages.ts'

const content = PackageContent.parse({
  title: 'Overflow in a parser',
  vulnerabilities: [{ cve: 'CVE-2026-1000' }],
  references: [{ url: 'https://vendor.example/a' }],
})
const version = { contentHash: 'ab'.repeat(32), content } as Package

describe('an author’s draft', () => {
  it('changes what was typed, keeps everything else, and names the content it was made from', () => {
    const draft = editDraftOf(version)!
    expect(draft.base).toBe(version.contentHash)
    const edited = editedContent(version, { ...draft, title: 'Another title' })
    expect(edited).toEqual({ ...content, title: 'Another title' })
    expect(PackageContent.safeParse(edited).success).toBe(true)
  })

  it('is changed only by words that differ', () => {
    const draft = editDraftOf(version)!
    expect(isChanged(version, draft)).toBe(false)
    expect(isChanged(version, { ...draft, base: 'other' })).toBe(false)
    expect(isChanged(version, { ...draft, description: 'x' })).toBe(true)
    expect(isChanged(version, { ...draft, permittedUse: { ...draft.permittedUse, name: { refersToCve: 'allow' } } })).toBe(true)
  })

  it('does not exist for a reader from whom a part is hidden', () => {
    const { detection: _hidden, ...rest } = content
    expect(editDraftOf({ ...version, content: rest })).toBeUndefined()
  })
})
