import { randomUUID } from 'node:crypto'
import type { App } from '#platform/app.ts'
import type { ContactActor } from '#platform/auth/actor.ts'
import type { OperatorId } from '#platform/ids.ts'
import { holdPair } from '#program/membership/directory/listing-store.ts'
import { requireActive } from '#program/membership/directory/own-listing.ts'
import { findOwnStatement, insertStatement, setShowsTier, setSwitchedOff, statementRow } from '#program/membership/directory/statement-store.ts'

/** A member lets everybody who knows the address see that it is a member; or only changes whether the tier is shown. Throws NOT_FOUND and CONFLICT as a listing does. */
export async function switchStatementOn(app: App, actor: ContactActor, operator: OperatorId, showsTier: boolean): Promise<void> {
  await app.db.transaction(actor, async (tx) => {
    const at = app.clock.now()
    const pair = await requireActive(tx, actor, operator, at)
    await holdPair(tx, pair)
    const present = await findOwnStatement(tx, pair)
    if (present?.shows_tier === showsTier) return
    const id = present?.id ?? randomUUID()
    if (present) await setShowsTier(tx, id, showsTier)
    else await insertStatement(tx, { ...pair, id, showsTier, by: actor.person, at })
    app.audit.record(tx, { action: 'membership-statement.switched-on', subject: actor.organisation, operator, binds: [statementRow({ id })] })
  })
}

/** The statement ends at once; a later one has another address. Harmless where there is none. */
export async function switchStatementOff(app: App, actor: ContactActor, operator: OperatorId): Promise<void> {
  await app.db.transaction(actor, async (tx) => {
    const pair = { organisation: actor.organisation, operator }
    await holdPair(tx, pair)
    const present = await findOwnStatement(tx, pair)
    if (!present) return
    await setSwitchedOff(tx, present.id, app.clock.now())
    app.audit.record(tx, { action: 'membership-statement.switched-off', subject: actor.organisation, operator, binds: [statementRow({ id: present.id })] })
  })
}
