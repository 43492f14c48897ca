import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { ContactActor } from '#platform/auth/actor.ts'
import { holdAccount } from '#platform/auth/people-store.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import { Problem } from '#platform/errors.ts'
import { notify } from '#platform/notices/notify.ts'
import type { AddKey } from '#program/membership/contacts/contract.ts'
import { contactKeyRow, insertKey, listKeys, revokeKey, type ContactKeyId, type ContactKeyRow } from '#program/membership/contacts/key-store.ts'
import { readKey } from '#program/membership/contacts/read-key.ts'

const MOST_KEYS = 10

/** The contact's own public key, for what is delivered to them alone. Throws as `readKey`, and CONFLICT for one that is there already or beyond ten. */
export async function addKey(app: App, actor: ContactActor, input: z.output<typeof AddKey>): Promise<ContactKeyRow> {
  const material = await readKey(input.publicKey, input.expiresAt, app.clock.now())
  return app.db.transaction(actor, async (tx) => {
    await holdAccount(tx, actor.person)
    const there = (await listKeys(tx, [actor.person])).filter(({ revoked_at: revokedAt }) => revokedAt === null)
    if (there.some(({ fingerprint }) => fingerprint === material.fingerprint)) throw new Problem('CONFLICT', 'You have added this key already.')
    if (there.length >= MOST_KEYS) throw new Problem('CONFLICT', `At most ${MOST_KEYS} keys; revoke one first.`)
    const id = app.ids.next<'contact-key'>() as ContactKeyId
    await insertKey(tx, { ...material, id, person: actor.person, at: app.clock.now() })
    const details = { kind: material.kind, fingerprint: material.fingerprint }
    await recordFor(app, tx, actor.person, { action: 'contact-key.added', subject: actor.person, binds: [contactKeyRow({ id })], details })
    await notify(app, tx, actor.person, 'contact-key.added')
    return (await listKeys(tx, [actor.person])).find((key) => key.id === id)!
  })
}

/** From now on nothing is encrypted to this key. Throws NOT_FOUND. */
export async function endKey(app: App, actor: ContactActor, id: string): Promise<void> {
  await app.db.transaction(actor, async (tx) => {
    await holdAccount(tx, actor.person)
    if (!(await revokeKey(tx, actor.person, id, app.clock.now()))) throw new Problem('NOT_FOUND')
    await recordFor(app, tx, actor.person, { action: 'contact-key.revoked', subject: actor.person, binds: [contactKeyRow({ id })] })
  })
}
