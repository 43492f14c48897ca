import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import { Problem } from '#platform/errors.ts'
import { changeOwnApplication } from '#program/membership/applications/applicant.ts'
import { LINK_DAYS, MOST_DRAFT_LENGTH, type SaveDraft, type Saved } from '#program/membership/applications/contract.ts'
import { seal } from '#program/membership/applications/sealed.ts'
import { updateApplication, type ApplicationRow } from '#program/membership/applications/store.ts'

/**
 * Keeps what was typed so far, however unfinished, and lets the links live on. Throws PAYLOAD_TOO_LARGE, and CONFLICT when it was
 * sent in or when another window saved meanwhile: then nothing of either is lost, because the sender still has theirs.
 */
export async function saveDraft(app: App, request: FastifyRequest, { version, answers }: z.output<typeof SaveDraft>): Promise<z.input<typeof Saved>> {
  const text = JSON.stringify(answers)
  if (text.length > MOST_DRAFT_LENGTH) throw new Problem('PAYLOAD_TOO_LARGE', `A form holds at most ${MOST_DRAFT_LENGTH} characters in all.`)
  return changeOwnApplication(app, request, async ({ tx, row, at }) => {
    requireOpenForm(row)
    requireVersion(row, version)
    await updateApplication(tx, row, { draft: seal(app.keys, 'draft', [row.id], text), saved_at: at })
    return { version: version + 1, savedAt: at, expiresAt: new Date(at.getTime() + LINK_DAYS * 86_400_000) }
  })
}

/** Throws CONFLICT unless the applicant may write: before it is sent in, and while a question waits for the answer. */
export function requireOpenForm({ state }: Pick<ApplicationRow, 'state'>): void {
  if (state !== 'draft' && state !== 'clarifying') throw new Problem('CONFLICT', 'This application was sent in; it can be changed when we ask you a question.')
}

/** Throws CONFLICT when somebody changed the application since it was read. */
export function requireVersion(row: Pick<ApplicationRow, 'version'>, version: number): void {
  if (row.version !== version) throw new Problem('CONFLICT', 'This was changed meanwhile in another window or by somebody else; load it again.')
}
