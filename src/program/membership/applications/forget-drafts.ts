import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { ApplicationId } from '#program/membership/applications/application.ts'
import { LINK_DAYS } from '#program/membership/applications/contract.ts'
import { deleteUploads } from '#program/membership/applications/evidence-budget-store.ts'
import { deleteEvidence, listEvidence } from '#program/membership/applications/evidence-store.ts'
import { deleteDraft, listForgotten, lockApplication } from '#program/membership/applications/store.ts'

const ACTOR = system('applications.forget-drafts')

/** Forgets a draft that was never sent in, with its evidence. */
export async function forgetDraft(app: App, tx: Tx, id: ApplicationId): Promise<void> {
  for (const { id: evidence, object } of await listEvidence(tx, id)) {
    await deleteEvidence(tx, evidence)
    await app.objects.remove(tx, object)
  }
  await deleteDraft(tx, id)
}

/** Forgets from where evidence came, a day later, and the drafts whose links have all stopped working: what nobody can come back to is not kept. */
export async function forgetDrafts(app: App, signal?: AbortSignal): Promise<void> {
  const limit = new Date(app.clock.now().getTime() - LINK_DAYS * 86_400_000)
  await app.db.transaction(ACTOR, (tx) => deleteUploads(tx, new Date(app.clock.now().getTime() - 86_400_000)))
  for (const id of await app.db.read(ACTOR, (tx) => listForgotten(tx, limit))) {
    signal?.throwIfAborted()
    await app.db.transaction(ACTOR, async (tx) => {
      const row = await lockApplication(tx, id)
      if (row?.state === 'draft' && row.saved_at < limit) await forgetDraft(app, tx, id)
    })
  }
}
