import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { membershipOfficers } from '#platform/auth/people-store.ts'
import { Problem } from '#platform/errors.ts'
import { notify } from '#platform/notices/notify.ts'
import { textDigest } from '#program/membership/agreements/agreement-statement.ts'
import type { AgreementDraft, DraftAgreement } from '#program/membership/agreements/contract.ts'
import { draftRow, holdTexts, insertDraft, listDrafts, lockDraft, setDraftClosed, type Draft, type DraftId } from '#program/membership/agreements/store.ts'

/** More at once is a sign that nobody decides. */
const MOST_DRAFTS = 20

/** Writes down a text that shall be the next version; nothing changes until a second officer issues it, within two weeks. Throws CONFLICT past 20 drafts. */
export async function draftAgreement(app: App, actor: OperatorActor, wish: z.output<typeof DraftAgreement>): Promise<z.input<typeof AgreementDraft>> {
  return app.db.transaction(actor, async (tx) => {
    await holdTexts(tx, actor.operator)
    const drafts = await listDrafts(tx, actor.operator, app.clock.now())
    if (drafts.length >= MOST_DRAFTS) throw new Problem('CONFLICT', `There are ${MOST_DRAFTS} drafts; issue or close one first.`)
    const id = app.ids.next<'agreement-draft'>() as DraftId
    const sha256 = Buffer.from(textDigest(wish.text), 'hex')
    await insertDraft(tx, { id, operator: actor.operator, text: wish.text, sha256, acceptDays: wish.acceptDays, by: actor.person, at: app.clock.now() })
    app.audit.record(tx, { action: 'agreement.drafted', subject: id, binds: [draftRow({ id })] })
    const others = (await membershipOfficers(tx, actor.operator)).filter((officer) => officer !== actor.person)
    await notify(app, tx, others, 'agreement.drafted')
    return showDraft((await lockDraft(tx, actor.operator, id, app.clock.now()))!)
  })
}

/** Takes a draft back, one's own or another's. Throws NOT_FOUND when it does not wait. */
export async function closeDraft(app: App, actor: OperatorActor, id: DraftId): Promise<void> {
  await app.db.transaction(actor, async (tx) => {
    if (!(await lockDraft(tx, actor.operator, id, app.clock.now()))) throw new Problem('NOT_FOUND')
    await setDraftClosed(tx, id, app.clock.now())
    app.audit.record(tx, { action: 'agreement.draft-closed', subject: id, binds: [draftRow({ id })] })
  })
}

export function showDraft(draft: Draft): z.input<typeof AgreementDraft> {
  return {
    id: draft.id,
    text: draft.text,
    sha256: draft.sha256.toString('hex'),
    acceptDays: draft.accept_days,
    draftedBy: { id: draft.drafted_by, name: draft.drafter_name },
    draftedAt: draft.drafted_at,
  }
}
