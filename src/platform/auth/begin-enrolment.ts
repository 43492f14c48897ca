import { generateRegistrationOptions } from '@simplewebauthn/server'
import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { CeremonyOptions } from '#platform/auth/contract.ts'
import { insertCeremony, listPasskeys } from '#platform/auth/passkey-store.ts'
import { findPerson } from '#platform/auth/people-store.ts'
import { PASSKEY_ALGORITHMS, relyingParty } from '#platform/auth/relying-party.ts'
import { CEREMONY_LIFE_MS } from '#platform/auth/session.ts'
import { Problem } from '#platform/errors.ts'

/** More than anybody carries; a list that long is a sign that something is wrong. */
export const MOST_PASSKEYS = 20

/** The user handle of a person: the bytes of the id, which say nothing about them. */
export function userHandle(person: string): Buffer {
  return Buffer.from(person.replaceAll('-', ''), 'hex')
}

/** What the browser needs to make a passkey that is found without a user name and asks for a fingerprint, face or PIN. */
export async function beginEnrolment(app: App, actor: PersonActor): Promise<z.input<typeof CeremonyOptions>> {
  const { id: rpID, name: rpName } = relyingParty(app.config)
  return app.db.transaction(actor, async (tx) => {
    const person = await findPerson(tx, actor.person)
    if (!person) throw new Problem('NOT_SIGNED_IN')
    const known = await listPasskeys(tx, actor.person, MOST_PASSKEYS)
    const options = await generateRegistrationOptions({
      rpName,
      rpID,
      userID: new Uint8Array(userHandle(person.id)),
      userName: person.email ?? person.name,
      userDisplayName: person.name,
      timeout: CEREMONY_LIFE_MS,
      attestationType: 'none',
      supportedAlgorithmIDs: PASSKEY_ALGORITHMS,
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      excludeCredentials: known.map(({ credential_id, transports }) => ({ id: credential_id.toString('base64url'), transports })),
    })
    const id = app.ids.next<'ceremony'>()
    const expiresAt = new Date(app.clock.now().getTime() + CEREMONY_LIFE_MS)
    await insertCeremony(tx, { id, person: actor.person, purpose: 'enrol', challenge: options.challenge, expiresAt })
    return { ceremony: id, options: { ...options } }
  })
}
