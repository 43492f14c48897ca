import { generateAuthenticationOptions } from '@simplewebauthn/server'
import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import type { CeremonyOptions } from '#platform/auth/contract.ts'
import { insertCeremony } from '#platform/auth/passkey-store.ts'
import { relyingParty } from '#platform/auth/relying-party.ts'
import { CEREMONY_LIFE_MS } from '#platform/auth/session.ts'

/** What the browser needs to sign somebody in. No name is asked for, so the answer is the same for everybody and tells nothing of who has an account. */
export async function beginSignIn(app: App): Promise<z.input<typeof CeremonyOptions>> {
  const options = await generateAuthenticationOptions({ rpID: relyingParty(app.config).id, timeout: CEREMONY_LIFE_MS, userVerification: 'required' })
  const id = app.ids.next<'ceremony'>()
  const expiresAt = new Date(app.clock.now().getTime() + CEREMONY_LIFE_MS)
  await app.db.transaction(system('sign-in'), (tx) =>
    insertCeremony(tx, { id, person: undefined, purpose: 'sign-in', challenge: options.challenge, expiresAt }),
  )
  return { ceremony: id, options: { ...options } }
}
