import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { ConfirmEnd, EmbargoEndView } from '#program/embargo/contract.ts'
import { endRow, lockEnds, updateEnd, type EndId, type StoredEnd } from '#program/embargo/end-store.ts'
import { unseal } from '#program/embargo/sealed.ts'
import { showEnd } from '#program/embargo/show-end.ts'
import { tellOfEnds } from '#program/embargo/tell-of-end.ts'
import { NO_PUBLISHER } from '#program/embargo/end-store.ts'
import { requireTwoPublishers } from '#platform/auth/holds-role.ts'

type View = z.input<typeof EmbargoEndView>

/**
 * The second publisher agrees: at this instant of the trusted clock the embargo of the vulnerability is over, and of those siblings
 * that both hold to be derivable; everybody concerned is told in the same transaction. Throws NOT_FOUND, SECOND_PERSON_NEEDED,
 * CONFLICT when it does not wait any more, and VALIDATION_FAILED for a sibling that was not proposed.
 */
export function confirmEnd(app: App, actor: OperatorActor, id: EndId, { derivable }: z.output<typeof ConfirmEnd>): Promise<View> {
  return app.db.transaction(actor, async (tx) => {
    const [main, ...siblings] = await lockWaiting(tx, actor, id)
    await requireTwoPublishers(tx, { proposer: main.proposed_by, approver: actor.person, otherwise: NO_PUBLISHER })
    const at = app.clock.now()
    const named = siblings.map((sibling) => ({ sibling, cve: unseal(app, 'embargo_end.cve', sibling.id, sibling.cve) }))
    const unknown = derivable.findIndex((cve) => !named.some((one) => one.cve === cve))
    if (unknown !== -1)
      throw new Problem('VALIDATION_FAILED', undefined, {
        fields: [{ field: `/body/derivable/${unknown}`, message: 'a vulnerability that was proposed as derivable' }],
      })
    const ended = [main, ...named.filter(({ cve }) => derivable.includes(cve)).map(({ sibling }) => sibling)]
    for (const end of [main, ...siblings])
      await updateEnd(tx, end.id, ended.includes(end) ? { confirmed_by: actor.person, confirmed_at: at } : { refused_by: actor.person, refused_at: at })
    for (const end of [main, ...siblings]) {
      const action = ended.includes(end) ? 'embargo.ended' : 'embargo.end-refused'
      app.audit.record(tx, { action, subject: end.id, binds: [endRow({ id: end.id })], details: { cause: end.cause } })
    }
    await tellOfEnds(app, tx, actor.operator, 'ended', ended, at)
    return showEnd(app, tx, actor, id)
  })
}

/** Refuses a proposal, one's own or another's, with all that would have been derived: nothing had changed. Throws NOT_FOUND and CONFLICT. */
export function refuseEnd(app: App, actor: OperatorActor, id: EndId): Promise<View> {
  return app.db.transaction(actor, async (tx) => {
    const ends = await lockWaiting(tx, actor, id)
    const at = app.clock.now()
    for (const end of ends) await updateEnd(tx, end.id, { refused_by: actor.person, refused_at: at })
    app.audit.record(tx, { action: 'embargo.end-refused', subject: id, binds: ends.map((end) => endRow({ id: end.id })) })
    return showEnd(app, tx, actor, id)
  })
}

/** A proposal that waits, first, and what would be derived from it. */
async function lockWaiting(tx: Tx, { operator }: OperatorActor, id: EndId): Promise<[StoredEnd, ...StoredEnd[]]> {
  const ends = await lockEnds(tx, operator, id)
  const main = ends.find((end) => end.id === id)
  if (!main) throw new Problem('NOT_FOUND')
  if (main.derived_from !== null) throw new Problem('CONFLICT', 'It is decided with the end that it would be derived from.')
  if (main.confirmed_at || main.refused_at) throw new Problem('CONFLICT', 'This end does not wait any more.')
  return [main, ...ends.filter((end) => end !== main)]
}
