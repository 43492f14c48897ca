import type { z } from 'zod'
import { canonicalJson } from '#platform/audit/canonical-json.ts'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { Problem, type FieldProblem } from '#platform/errors.ts'
import type { ObjectId } from '#platform/objects/objects.ts'
import { changeVersion } from '#program/packages/change-version.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import type { Attachment, EditContent, PackageContent, PackageView } from '#program/packages/contract.ts'
import { edit } from '#program/packages/package.ts'
import { storeContent } from '#program/packages/stored-content.ts'
import { asDraft } from '#program/packages/version-states.ts'

/**
 * Gives a draft new content. Files are uploaded on their own: here their entries are kept exactly or left out, and what is left
 * out is removed. Throws NOT_FOUND, CONFLICT when it is no draft, PRECONDITION_FAILED when the content is not the one that was
 * read, and VALIDATION_FAILED for a file that the draft does not have.
 */
export async function editContent(
  app: App,
  actor: OperatorActor,
  id: PackageId,
  { contentHash, content }: z.output<typeof EditContent>,
): Promise<z.input<typeof PackageView>> {
  return changeVersion(app, actor, id, async ({ tx, row, key, content: present }) => {
    const draft = asDraft({ row, content: present })
    if (contentHash !== row.content_hash.toString('hex')) throw new Problem('PRECONDITION_FAILED', 'The content changed since it was read: read it again.')
    requireKnownFiles(present, content)
    const edited = edit(draft, content, actor.person)
    const change = { ...(await storeContent(app, tx, key, edited.content)), contributors: [...edited.contributors] }
    return { action: 'package.edited', change, removes: [row.content_object, ...leftOut(key.version, present, content)] }
  })
}

/** An entry that is not there already could be another package's file. */
function requireKnownFiles(present: PackageContent, wanted: PackageContent): void {
  const fields = FILE_LISTS.flatMap((list) => {
    const known = new Set(present[list].map((entry) => canonicalJson(entry)))
    const used = new Set<string>()
    return wanted[list].flatMap((entry, at): FieldProblem[] => {
      const text = canonicalJson(entry)
      const fits = known.has(text) && !used.has(text)
      used.add(text)
      return fits ? [] : [{ field: `/body/content/${list}/${at}`, message: 'not a file that this list of the draft has; upload it first' }]
    })
  })
  if (fields.length > 0) throw new Problem('VALIDATION_FAILED', undefined, { fields })
}

/** Objects that no entry names any more. An earlier version may have them too, and its holders keep it: then they stay. */
function leftOut(version: number, present: PackageContent, wanted: PackageContent): ObjectId[] {
  if (version > 1) return []
  const kept = new Set(filesOf(wanted).map(({ object }) => object))
  return filesOf(present).flatMap(({ object }) => (kept.has(object) ? [] : [object]))
}

const FILE_LISTS = ['attachments', 'proofOfConcept'] as const
const filesOf = (content: PackageContent): readonly Attachment[] => FILE_LISTS.flatMap((list) => content[list])
