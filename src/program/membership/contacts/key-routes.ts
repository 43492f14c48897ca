import { z } from 'zod'
import type { App } from '#platform/app.ts'
import { route, type Route } from '#platform/http/route.ts'
import { idSchema } from '#platform/ids.ts'
import { AddKey, OwnKey } from '#program/membership/contacts/contract.ts'
import { addKey, endKey } from '#program/membership/contacts/keep-keys.ts'
import { listKeys, type ContactKeyRow } from '#program/membership/contacts/key-store.ts'
import { showKey } from '#program/membership/contacts/show-contacts.ts'
import { may } from '#program/policy.ts'
import { contact } from '#platform/auth/staff.ts'

const tag = 'contacts'

/** A contact's own keys: what is delivered to them is encrypted to these. */
export function keyRoutes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/account/keys',
      summary: 'Lists your own keys for delivery, revoked ones included, the newest first.',
      tag,
      access: may.listKeys,
      response: z.array(OwnKey),
      handle: async ({ actor }) => (await app.db.read(actor, (tx) => listKeys(tx, [contact(actor).person]))).map(show),
    }),
    route({
      method: 'POST',
      url: '/api/account/keys',
      summary: 'Adds an age recipient or an OpenPGP public key of your own; a private key is refused and not kept.',
      tag,
      access: may.addKey,
      creates: true,
      body: AddKey,
      status: 201,
      response: OwnKey,
      handle: async ({ actor, body }) => show(await addKey(app, contact(actor), body)),
    }),
    route({
      method: 'DELETE',
      url: '/api/account/keys/:id',
      summary: 'Revokes one of your keys: nothing is encrypted to it any more.',
      tag,
      access: may.revokeKey,
      params: z.object({ id: idSchema<'contact-key'>() }),
      status: 204,
      response: z.undefined(),
      handle: async ({ actor, params: { id } }) => {
        await endKey(app, contact(actor), id)
        return undefined
      },
    }),
  ]
}

function show(row: ContactKeyRow): z.input<typeof OwnKey> {
  return { ...showKey(row), publicKey: row.public_key }
}
