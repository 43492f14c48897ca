import { randomBytes } from 'node:crypto'
import { generateAuthenticationOptions } from '@simplewebauthn/server'
import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PlainValue } from '#platform/audit/audit.ts'
import { canonicalJson } from '#platform/audit/canonical-json.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { SigningOptions } from '#platform/auth/contract.ts'
import { insertCeremony, listPublicKeys } from '#platform/auth/passkey-store.ts'
import { findPerson } from '#platform/auth/people-store.ts'
import { relyingParty } from '#platform/auth/relying-party.ts'
import { CEREMONY_LIFE_MS } from '#platform/auth/session.ts'
import { passkeyDigests, statementDigest } from '#platform/auth/signed-statement.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'

/** What a statement is about; `type` names the kind and version of its form. */
export type StatementFacts = Readonly<Record<string, PlainValue>> & { readonly type: string }

/**
 * What the browser needs to have the actor sign these facts with a passkey: the statement, which adds who signs, when, with which
 * keys and where, and WebAuthn options whose challenge is its SHA-256. Throws CONFLICT for a person without a passkey.
 */
export async function beginSigning(app: App, tx: Tx, actor: PersonActor, facts: StatementFacts): Promise<z.input<typeof SigningOptions>> {
  const person = await findPerson(tx, actor.person)
  if (!person) throw new Problem('NOT_SIGNED_IN')
  const keys = await listPublicKeys(tx, actor.person)
  if (keys.length === 0) throw new Problem('CONFLICT', 'You have no passkey yet; enrol one in your account, then sign.')
  const { id: rpID, origin } = relyingParty(app.config)
  const at = app.clock.now()
  const statement = canonicalJson({
    ...facts,
    person: { id: person.id, name: person.name },
    passkeys: keys.map(({ credential_id, public_key }) => passkeyDigests({ credentialId: credential_id, publicKey: public_key })),
    relyingParty: { id: rpID, origin },
    nonce: randomBytes(16).toString('base64url'),
    at: at.toISOString(),
  })
  const challenge = statementDigest(statement)
  const options = await generateAuthenticationOptions({
    rpID,
    challenge: new Uint8Array(challenge),
    timeout: CEREMONY_LIFE_MS,
    userVerification: 'required',
    allowCredentials: keys.map(({ credential_id, transports }) => ({ id: credential_id.toString('base64url'), transports: transports as never })),
  })
  const id = app.ids.next<'ceremony'>()
  const expiresAt = new Date(at.getTime() + CEREMONY_LIFE_MS)
  await insertCeremony(tx, { id, person: actor.person, purpose: 'sign', challenge: challenge.toString('base64url'), expiresAt, statement })
  return { ceremony: id, statement, options: { ...options } }
}
