import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { PasskeyAssertion } from '#platform/auth/contract.ts'
import { holdOwnAccount } from '#platform/auth/hold-own-account.ts'
import { findPasskey, passkeyRow, takeStatement, touchPasskey, type StoredPasskey } from '#platform/auth/passkey-store.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import { verifyStatement, type SignedStatement } from '#platform/auth/signed-statement.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'

type Outcome = { readonly signed: SignedStatement } | { readonly refused: 'over' | 'wrong' }

/**
 * Takes the passkey's answer to `beginSigning`. The ceremony is used up whatever comes of it, and the passkey's counter is noted, in
 * a transaction of its own; the caller then writes what was signed, after `holdOwnAccount`. Throws CONFLICT for a ceremony that is
 * unknown, another's, used or over, VALIDATION_FAILED for an answer that does not verify or is not of one of the actor's passkeys.
 */
export async function finishSigning(app: App, actor: PersonActor, input: z.output<typeof PasskeyAssertion>): Promise<SignedStatement> {
  const outcome = await app.db.transaction(actor, (tx) => take(app, tx, actor, input))
  if ('signed' in outcome) return outcome.signed
  if (outcome.refused === 'over') throw new Problem('CONFLICT', 'This signing took too long or was used already; start again.')
  throw new Problem('VALIDATION_FAILED', undefined, {
    fields: [{ field: '/response', message: 'not a signature of the statement by one of your passkeys' }],
  })
}

async function take(app: App, tx: Tx, actor: PersonActor, { ceremony, response }: z.output<typeof PasskeyAssertion>): Promise<Outcome> {
  await holdOwnAccount(tx, actor)
  const statement = await takeStatement(tx, ceremony, actor.person, app.clock.now())
  if (statement === undefined) return { refused: 'over' }
  const passkey = await findPasskey(tx, Buffer.from(response.id, 'base64url'))
  if (!passkey || passkey.person_id !== actor.person) return { refused: 'wrong' }
  const { authenticatorData, clientDataJSON, signature } = response.response
  const signed: SignedStatement = {
    statement,
    authenticatorData,
    clientDataJSON,
    signature,
    credentialId: response.id,
    publicKey: passkey.public_key.toString('base64url'),
  }
  const verified = await verifyStatement(signed)
  if (!verified) return { refused: 'wrong' }
  if (!grows(passkey.counter, verified.counter)) {
    await recordRegression(app, tx, passkey, verified.counter)
    return { refused: 'wrong' }
  }
  return (await touchPasskey(tx, passkey.id, verified.counter, app.clock.now())) ? { signed } : { refused: 'wrong' }
}

/** A counter that does not grow says that the passkey was copied (WebAuthn Level 3, section 6.1.1); one that stays 0 is not kept by the authenticator. */
function grows(stored: number, now: number): boolean {
  return now > stored || (stored === 0 && now === 0)
}

async function recordRegression(app: App, tx: Tx, { id, person_id: person, counter: stored }: StoredPasskey, received: number): Promise<void> {
  await recordFor(app, tx, person, { action: 'passkey.counter-regressed', subject: person, binds: [passkeyRow({ id })], details: { stored, received } })
}
