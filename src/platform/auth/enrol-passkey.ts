import { verifyRegistrationResponse, type RegistrationResponseJSON, type VerifiedRegistrationResponse } from '@simplewebauthn/server'
import { decodeAttestationObject, isoBase64URL } from '@simplewebauthn/server/helpers'
import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { MOST_PASSKEYS } from '#platform/auth/begin-enrolment.ts'
import type { Client } from '#platform/auth/client.ts'
import type { EnrolPasskey, Passkey } from '#platform/auth/contract.ts'
import { holdOwnAccount } from '#platform/auth/hold-own-account.ts'
import { insertPasskey, lockPasskeys, passkeyRow, takeCeremony } from '#platform/auth/passkey-store.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import { PASSKEY_ALGORITHMS, relyingParty } from '#platform/auth/relying-party.ts'
import { revokeSessions, sessionRow } from '#platform/auth/session-store.ts'
import { startSession, type StartedSession } from '#platform/auth/start-session.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { notify } from '#platform/notices/notify.ts'

type Registration = NonNullable<VerifiedRegistrationResponse['registrationInfo']>

export interface Enrolled {
  readonly passkey: z.input<typeof Passkey>
  /** The session with full rights that replaces one begun by a link. */
  readonly session: StartedSession | undefined
}

/**
 * Adds a passkey to the actor's own account. A session begun by a link ends here and a new one takes its place, so that
 * nobody who saw the old one keeps it. Throws CONFLICT when the ceremony is unknown, over or used, or past 20 passkeys,
 * VALIDATION_FAILED when the authenticator's answer does not verify. Either way the ceremony is used up.
 */
export async function enrolPasskey(app: App, actor: PersonActor, input: z.output<typeof EnrolPasskey>, client: Client): Promise<Enrolled> {
  const challenge = await app.db.transaction(actor, (tx) => takeCeremony(tx, input.ceremony, 'enrol', actor.person, app.clock.now()))
  if (challenge === undefined) throw new Problem('CONFLICT', 'This enrolment took too long or was used already; start again.')
  const registration = await verify(app, input.response as unknown as RegistrationResponseJSON, challenge)
  if (!registration) {
    throw new Problem('VALIDATION_FAILED', undefined, { fields: [{ field: '/response', message: 'the answer of the authenticator does not verify' }] })
  }
  return app.db.transaction(actor, async (tx) => {
    await holdOwnAccount(tx, actor)
    const passkey = await add(app, tx, actor, input.name, registration)
    await notify(app, tx, actor.person, 'account.passkey-enrolled')
    return { passkey, session: await replaceLinkSession(app, tx, actor, client) }
  })
}

async function verify(app: App, response: RegistrationResponseJSON, expectedChallenge: string): Promise<Registration | undefined> {
  const { id: expectedRPID, origin: expectedOrigin } = relyingParty(app.config)
  try {
    refuseCertificates(response)
    const expected = { expectedChallenge, expectedOrigin, expectedRPID, supportedAlgorithmIDs: PASSKEY_ALGORITHMS }
    const result = await verifyRegistrationResponse({ response, ...expected, requireUserVerification: true })
    if (!result.verified || !result.registrationInfo.userVerified) return undefined
    refuseOddId(response.id, result.registrationInfo.credential.id)
    return result.registrationInfo
  } catch (error) {
    app.log.info({ reason: (error as Error).message }, 'enrolment refused')
    return undefined
  }
}

/**
 * We ask for no attestation, so a certificate has no business here, and looking one up for revocation would fetch an
 * address that the sender chose (promise 15). Self attestation, which some authenticators always send, has none.
 */
function refuseCertificates(response: RegistrationResponseJSON): void {
  const attestation = decodeAttestationObject(isoBase64URL.toBuffer(response.response.attestationObject))
  const format = attestation.get('fmt')
  const isSelf = format === 'packed' && attestation.get('attStmt').get('x5c') === undefined
  if (format !== 'none' && !isSelf) throw new Error(`attestation ${format} was not asked for`)
}

/** What the browser calls the passkey is what the authenticator signed in, in 1 to 1023 bytes (WebAuthn Level 3, sections 5.1 and 7.1, step 25). */
function refuseOddId(named: string, attested: string): void {
  const { length } = Buffer.from(attested, 'base64url')
  if (named !== attested || length < 1 || length > 1023) throw new Error(`a credential id of ${length} bytes, or another one than was named`)
}

async function add(app: App, tx: Tx, actor: PersonActor, name: string, { credential }: Registration): Promise<z.input<typeof Passkey>> {
  const passkeys = (await lockPasskeys(tx, actor.person)).length
  // Who came in at the organisation's identity provider gets the one that signing takes; more would outlast what the provider says of them.
  if (passkeys > 0 && actor.credential.kind === 'session' && actor.credential.method === 'oidc')
    throw new Problem('FORBIDDEN', 'You have a passkey: sign in with it to enrol another one.')
  if (passkeys >= MOST_PASSKEYS) throw new Problem('CONFLICT', `You have ${MOST_PASSKEYS} passkeys; remove one first.`)
  const id = app.ids.next()
  const at = app.clock.now()
  const isNew = await insertPasskey(tx, {
    id,
    person: actor.person,
    name,
    credential_id: Buffer.from(credential.id, 'base64url'),
    public_key: Buffer.from(credential.publicKey),
    counter: credential.counter,
    transports: knownTransports(credential.transports),
    at,
  })
  if (!isNew) throw new Problem('CONFLICT', 'This passkey is enrolled already.')
  await recordFor(app, tx, actor.person, { action: 'passkey.enrolled', subject: actor.person, binds: [passkeyRow({ id })] })
  return { id, name, createdAt: at, lastUsedAt: null }
}

const TRANSPORTS: readonly unknown[] = ['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb']

/** The library passes on whatever was sent here: a hint for the next ceremony, of which only the names that exist are kept. */
function knownTransports(sent: unknown): string[] {
  return Array.isArray(sent) ? [...new Set(sent.filter((name): name is string => TRANSPORTS.includes(name)))] : []
}

async function replaceLinkSession(app: App, tx: Tx, actor: PersonActor, client: Client): Promise<StartedSession | undefined> {
  if (actor.credential.kind !== 'session' || actor.credential.method !== 'link') return undefined
  const ended = await revokeSessions(tx, actor.person, app.clock.now())
  return startSession(app, tx, { person: actor.person, method: 'passkey', client, binds: ended.map((id) => sessionRow({ id })) })
}
