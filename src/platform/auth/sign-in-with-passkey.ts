import { verifyAuthenticationResponse, type AuthenticationResponseJSON } from '@simplewebauthn/server'
import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import { ANONYMOUS, type Actor } from '#platform/auth/actor.ts'
import { attempt, hasTriesLeft, personSubject, type Try } from '#platform/auth/attempts.ts'
import { userHandle } from '#platform/auth/begin-enrolment.ts'
import { addressSubject, type Client } from '#platform/auth/client.ts'
import type { PasskeySignIn } from '#platform/auth/contract.ts'
import { findPasskey, passkeyRow, takeCeremony, touchPasskey, type StoredPasskey } from '#platform/auth/passkey-store.ts'
import { holdAccount } from '#platform/auth/people-store.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import { relyingParty } from '#platform/auth/relying-party.ts'
import { accountsOf, startSession, type StartedSession } from '#platform/auth/start-session.ts'
import type { Tx } from '#platform/db/database.ts'

/**
 * Signs in whoever holds the passkey. Throws SIGN_IN_FAILED alike for a ceremony that is over, a passkey that is
 * unknown or removed, a person who may not enter, and an answer that does not verify. `before`: as in `startSession`.
 */
export async function signInWithPasskey(app: App, input: z.output<typeof PasskeySignIn>, client: Client, before: Actor = ANONYMOUS): Promise<StartedSession> {
  const response = input.response as unknown as AuthenticationResponseJSON
  return attempt(app, [addressSubject(client.address)], async (tx): Promise<Try<StartedSession>> => {
    const challenge = await takeCeremony(tx, input.ceremony, 'sign-in', undefined, app.clock.now())
    const passkey = await findPasskey(tx, Buffer.from(response.id, 'base64url'))
    if (challenge === undefined || !passkey) return { ok: false }
    const failed = { ok: false, subjects: [personSubject(passkey.person_id)] } as const
    if (!(await hasTriesLeft(tx, personSubject(passkey.person_id)))) return { ok: false }
    const counter = await verify(app, response, challenge, passkey)
    if (counter === undefined) return failed
    if (isRegression(passkey.counter, counter)) {
      await recordRegression(app, tx, passkey, counter)
      return failed
    }
    await holdAccount(tx, ...accountsOf(passkey.person_id, before))
    if (!(await touchPasskey(tx, passkey.id, counter, app.clock.now()))) return failed
    const binds = [passkeyRow({ id: passkey.id })]
    return { ok: true, value: await startSession(app, tx, { person: passkey.person_id, method: 'passkey', client, before, binds }) }
  })
}

/** The signature counter of a response that verifies in every other respect; undefined when it does not. */
async function verify(app: App, response: AuthenticationResponseJSON, expectedChallenge: string, passkey: StoredPasskey): Promise<number | undefined> {
  const { id: expectedRPID, origin: expectedOrigin } = relyingParty(app.config)
  try {
    if (response.response.userHandle !== userHandle(passkey.person_id).toString('base64url')) throw new Error('the user handle is of another person')
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response,
      expectedChallenge,
      expectedOrigin,
      expectedRPID,
      requireUserVerification: true,
      // The library's own comparison throws like any other failure; a regression is evidence, so it is compared here.
      credential: { id: passkey.credential_id.toString('base64url'), publicKey: new Uint8Array(passkey.public_key), counter: 0 },
    })
    return verified ? authenticationInfo.newCounter : undefined
  } catch (error) {
    app.log.info({ reason: (error as Error).message }, 'sign-in refused')
    return undefined
  }
}

/** A counter that does not grow says that the passkey was copied (WebAuthn Level 3, section 6.1.1); one that stays 0 is not kept by the authenticator. */
function isRegression(stored: number, now: number): boolean {
  return (stored > 0 || now > 0) && now <= stored
}

async function recordRegression(app: App, tx: Tx, passkey: StoredPasskey, counter: number): Promise<void> {
  const details = { stored: passkey.counter, received: counter }
  const { id, person_id: person } = passkey
  await recordFor(app, tx, person, { action: 'passkey.counter-regressed', subject: person, binds: [passkeyRow({ id })], details })
}
