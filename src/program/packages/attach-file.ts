import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'
import { fieldsOf } from '#platform/http/problem.ts'
import type { Upload } from '#platform/http/upload.ts'
import { changeVersion } from '#program/packages/change-version.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import { PackageContent, type Attachment, type FilePart, type PackageView } from '#program/packages/contract.ts'
import { edit } from '#program/packages/package.ts'
import { storeContent } from '#program/packages/stored-content.ts'
import { findNewestVersion } from '#program/packages/store.ts'
import { asDraft } from '#program/packages/version-states.ts'

/** Largest file of a package, in bytes. */
export const MAX_FILE_BYTES = 50 * 1024 * 1024
/** Whatever a file is called: nobody's browser shall do anything with it but save it. */
const MEDIA_TYPE = 'application/octet-stream'

/**
 * Adds a file to a draft. Throws NOT_FOUND, CONFLICT when it is no draft, PAYLOAD_TOO_LARGE, and VALIDATION_FAILED without a
 * name, and where the content with it would not be one: the bytes of a proof of concept are never an attachment too.
 */
export async function attachFile(
  app: App,
  actor: OperatorActor,
  id: PackageId,
  { part, upload }: { part: FilePart; upload: Upload },
): Promise<z.input<typeof PackageView>> {
  const { name } = upload
  if (name === undefined) throw refused('/headers/content-disposition', 'the name of the file: attachment; filename="..."')
  await requireDraft(app, actor, id)
  const stored = await app.objects.store(upload.bytes, { limit: MAX_FILE_BYTES })
  return changeVersion(app, actor, id, async ({ tx, row, key, content }) => {
    const draft = asDraft({ row, content })
    const { size, sha256 } = await app.objects.record(tx, stored)
    const edited = edit(draft, withFile(content, part, { object: stored.id, name, mediaType: MEDIA_TYPE, size, sha256 }), actor.person)
    const change = { ...(await storeContent(app, tx, key, edited.content)), contributors: [...edited.contributors] }
    return { action: 'package.file-added', change, removes: [row.content_object], details: { part, object: stored.id, sha256 } }
  })
}

/** Before a byte is kept; asked again when all have come. */
async function requireDraft(app: App, actor: OperatorActor, id: PackageId): Promise<void> {
  const row = await app.db.read(actor, (tx) => findNewestVersion(tx, actor.operator, id))
  if (!row) throw new Problem('NOT_FOUND')
  if (row.state !== 'draft') throw new Problem('CONFLICT', 'This version is no draft any more.')
}

function withFile(content: PackageContent, part: FilePart, file: Attachment): PackageContent {
  const list = part === 'attachments' ? 'attachments' : 'proofOfConcept'
  const parsed = PackageContent.safeParse({ ...content, [list]: [...content[list], file] })
  if (parsed.success) return parsed.data
  throw new Problem('VALIDATION_FAILED', undefined, { fields: fieldsOf(parsed.error, '/content') })
}

function refused(field: string, message: string): Problem {
  return new Problem('VALIDATION_FAILED', undefined, { fields: [{ field, message }] })
}
