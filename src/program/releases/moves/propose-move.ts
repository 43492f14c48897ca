import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { Binding } from '#platform/audit/audit.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { staffWith } from '#platform/auth/people-store.ts'
import type { Tx } from '#platform/db/database.ts'
import { notify } from '#platform/notices/notify.ts'
import type { MovePreview, MoveView, MoveWish, ProposeMove } from '#program/releases/moves/contract.ts'
import { keepSiblings } from '#program/releases/moves/keep-siblings.ts'
import { planMove } from '#program/releases/moves/plan-move.ts'
import { sealMoveReason } from '#program/releases/moves/sealed-reason.ts'
import { showMoves, showPreview } from '#program/releases/moves/show-move.ts'
import { findMove, insertMove, movePackageRow, moveRow } from '#program/releases/moves/store.ts'
import { readWish, refused, type NamedRelease } from '#program/releases/moves/wished-move.ts'
import { lockCalendar } from '#program/releases/rules/rules-store.ts'
import { freezeRelease, releaseRow, type StoredRelease } from '#program/releases/store.ts'

/** Every consequence of a move, before anybody proposes it; nothing is written. Throws as `readWish` and `planMove`. */
export function previewMove(app: App, actor: OperatorActor, wish: z.output<typeof MoveWish>): Promise<z.input<typeof MovePreview>> {
  return app.db.read(actor, async (tx) => {
    const now = app.clock.now()
    const plan = await planMove(app, tx, actor.operator, await readWish(tx, actor.operator, wish, now), now)
    await keepSiblings(tx, actor, plan)
    return showPreview(tx, actor, plan, now)
  })
}

/**
 * Writes down that a release, or packages of it, shall move; nothing moves until a second publisher confirms. A release of the rule
 * for which nothing was scheduled is frozen first. Throws as `previewMove`.
 */
export function proposeMove(app: App, actor: OperatorActor, wish: z.output<typeof ProposeMove>): Promise<z.input<typeof MoveView>> {
  return app.db.transaction(actor, async (tx) => {
    const at = app.clock.now()
    if (!wish.reason.isWellFormed() || wish.reason.includes('\0')) throw refused('/body/reason', 'text that has a UTF-8 form')
    await lockCalendar(tx, actor.operator, 'schedules')
    const wished = await readWish(tx, actor.operator, wish, at)
    const plan = await planMove(app, tx, actor.operator, wished, at)
    await keepSiblings(tx, actor, plan)
    const subject = await written(app, tx, actor, wished.subject, at)
    const joins = wished.joins && (await written(app, tx, actor, wished.joins, at))
    const id = app.ids.next<'release-move'>()
    const { packages, to } = wished
    const said = { release: subject.id, joins: joins?.id ?? null, packages, to, reason: sealMoveReason(app, id, wish.reason) }
    await insertMove(tx, { id, operator: actor.operator, ...said, by: actor.person, at })
    const binds: Binding[] = [moveRow({ id }), releaseRow({ id: subject.id }), ...(joins ? [releaseRow({ id: joins.id })] : [])]
    app.audit.record(tx, {
      action: 'release.move-proposed',
      subject: subject.id,
      binds: [...binds, ...(packages ?? []).map((one) => movePackageRow(id, one))],
      details: { move: id, preview: plan.sha256 },
    })
    const others = (await staffWith(tx, actor.operator, 'publisher')).filter((person) => person !== actor.person)
    await notify(app, tx, others, 'release.move-proposed')
    const move = (await findMove(tx, actor.operator, id))!
    return (await showMoves(app, tx, actor, [move], await showPreview(tx, actor, plan, at)))[0]!
  })
}

/** The row of a release, which is written down first when nothing was until now. */
async function written(app: App, tx: Tx, { operator }: OperatorActor, { head, release }: NamedRelease, at: Date): Promise<StoredRelease> {
  return head ?? freezeRelease(tx, { id: app.ids.next<'release'>(), operator, release, at })
}
