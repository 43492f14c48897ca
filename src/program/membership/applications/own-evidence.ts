import type { FastifyRequest } from 'fastify'
import type { App } from '#platform/app.ts'
import { Problem } from '#platform/errors.ts'
import type { Upload } from '#platform/http/upload.ts'
import { changeOwnApplication, readApplication, type Held } from '#program/membership/applications/applicant.ts'
import { MOST_EVIDENCE_BYTES, MOST_EVIDENCE_FILES } from '#program/membership/applications/contract.ts'
import { requireBudget, spendBudget } from '#program/membership/applications/evidence-budget.ts'
import { deleteEvidence, insertEvidence, listEvidence, type EvidenceId } from '#program/membership/applications/evidence-store.ts'
import { requireOpenForm } from '#program/membership/applications/save-draft.ts'
import { seal } from '#program/membership/applications/sealed.ts'
import { updateApplication } from '#program/membership/applications/store.ts'
import type { CriterionId } from '#program/membership/criteria/criterion.ts'
import { setInForce } from '#program/membership/criteria/set-store.ts'

/**
 * Keeps a file as evidence for one criterion, sealed; it is scanned once it is sent in. Throws VALIDATION_FAILED without a name, for an empty
 * file and for a criterion that is not asked, CONFLICT when the form is closed or holds too many files, and PAYLOAD_TOO_LARGE or RATE_LIMITED (`requireBudget`).
 */
export async function addEvidence(app: App, request: FastifyRequest, criterion: CriterionId, { name, bytes }: Upload): Promise<void> {
  if (name === undefined) throw refused('/headers/content-disposition', 'the name of the file: attachment; filename="..."')
  // Before the bytes, so that nobody sends them in vain; and again when all have come.
  const { ip: address } = request
  await readApplication(app, request, async (held) => {
    await requireRoom(held, criterion)
    await requireBudget(held.tx, { ...held, address, size: 0 })
  })
  const stored = await app.objects.store(notEmpty(bytes), { limit: MOST_EVIDENCE_BYTES })
  await changeOwnApplication(app, request, async (held) => {
    await requireRoom(held, criterion)
    const { tx, row, at } = held
    const object = await app.objects.record(tx, stored)
    await spendBudget(app, tx, { row, address, size: object.size, at })
    const id = app.ids.next<'application-evidence'>() as EvidenceId
    const sealedName = seal(app.keys, 'evidence-name', [id], name)
    await insertEvidence(tx, { id, application: row.id, operator: row.operator_id, criterion, sealedName, object, at })
    await updateApplication(tx, row, { saved_at: at })
  })
}

/** Takes a file back that was not sent in yet, and forgets it. Throws NOT_FOUND, and CONFLICT for one that was. */
export async function removeEvidence(app: App, request: FastifyRequest, id: EvidenceId): Promise<void> {
  await changeOwnApplication(app, request, async ({ tx, row, at }) => {
    const evidence = (await listEvidence(tx, row.id)).find((one) => one.id === id)
    if (!evidence) throw new Problem('NOT_FOUND')
    if (evidence.submitted_at) throw new Problem('CONFLICT', 'This file was sent in; add another beside it.')
    requireOpenForm(row)
    await deleteEvidence(tx, id)
    await app.objects.remove(tx, evidence.object)
    await updateApplication(tx, row, { saved_at: at })
  })
}

async function requireRoom({ tx, row }: Held, criterion: CriterionId): Promise<void> {
  requireOpenForm(row)
  const criteria = row.criteria ?? (await setInForce(tx, row.operator_id, row.kind)).criteria
  if (!criteria.some(({ id }) => id === criterion)) throw refused('/query/criterion', 'not a criterion of this application')
  if ((await listEvidence(tx, row.id)).length >= MOST_EVIDENCE_FILES) {
    throw new Problem('CONFLICT', `An application holds at most ${MOST_EVIDENCE_FILES} files; take one back first.`)
  }
}

async function* notEmpty(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let size = 0
  for await (const chunk of bytes) {
    size += chunk.length
    yield chunk
  }
  if (size === 0) throw refused('/body', 'a file that is not empty')
}

function refused(field: string, message: string): Problem {
  return new Problem('VALIDATION_FAILED', undefined, { fields: [{ field, message }] })
}
