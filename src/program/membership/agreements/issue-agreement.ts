import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { findPerson } from '#platform/auth/people-store.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { requireTwoOfficers } from '#platform/auth/holds-role.ts'
import { agreementRow, insertAgreement } from '#program/membership/entitlement-store.ts'
import { draftRow, holdTexts, listTexts, lockDraft, setDraftIssued, type Draft, type DraftId } from '#program/membership/agreements/store.ts'
import { tellAdmins } from '#program/membership/agreements/tell-admins.ts'

const DAY_MS = 86_400_000

/**
 * The second officer issues exactly the text that has this hash: it is the next version, every member's admins are told, and after the
 * draft's days no earlier version entitles. Returns the version. Throws NOT_FOUND, also when it was drafted more than two weeks ago, SECOND_PERSON_NEEDED for whoever drafted it,
 * PRECONDITION_FAILED for another hash, and CONFLICT when the drafter is no officer any more or the text was issued before.
 */
export async function issueAgreement(app: App, actor: OperatorActor, id: DraftId, sha256: string): Promise<number> {
  return app.db.transaction(actor, async (tx) => {
    await holdTexts(tx, actor.operator)
    const draft = await lockDraft(tx, actor.operator, id, app.clock.now())
    if (!draft) throw new Problem('NOT_FOUND')
    const version = (await requireIssuable(tx, actor, draft, sha256)) + 1
    const at = app.clock.now()
    const acceptBy = new Date(at.getTime() + draft.accept_days * DAY_MS)
    await insertAgreement(tx, { operator: actor.operator, version, text: draft.text, at, acceptBy })
    await setDraftIssued(tx, id, { version, by: actor.person, at })
    const binds = [agreementRow({ operator_id: actor.operator, version: String(version) }), draftRow({ id })]
    app.audit.record(tx, { action: 'agreement.issued', subject: actor.operator, binds, details: { version, sha256 } })
    const operator = (await findPerson(tx, actor.person))!.sideName
    await tellAdmins(app, tx, { operator: { id: actor.operator, name: operator } }, { kind: 'agreement.issued', version, acceptBy })
    return version
  })
}

/** The newest version there is so far. */
async function requireIssuable(tx: Tx, actor: OperatorActor, draft: Draft, sha256: string): Promise<number> {
  const otherwise = 'Who drafted this text is no membership officer any more; draft it anew.'
  await requireTwoOfficers(tx, { proposer: draft.drafted_by, approver: actor.person, otherwise })
  if (draft.sha256.toString('hex') !== sha256) throw new Problem('PRECONDITION_FAILED', 'This draft has another text than the one that you read.')
  const texts = (await listTexts(tx)).filter(({ operator_id }) => operator_id === actor.operator)
  const same = texts.find((text) => text.sha256.equals(draft.sha256))
  if (same) throw new Problem('CONFLICT', `This is the text of version ${same.version}, which members signed already; draft what differs.`)
  return Math.max(0, ...texts.map(({ version }) => version))
}
