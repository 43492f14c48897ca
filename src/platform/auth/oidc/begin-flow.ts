import { randomBytes } from 'node:crypto'
import type { App } from '#platform/app.ts'
import { system, type Actor, type PersonActor } from '#platform/auth/actor.ts'
import { attempt, type Try } from '#platform/auth/attempts.ts'
import { addressSubject, type Client } from '#platform/auth/client.ts'
import { insertFlow, type FlowPurpose } from '#platform/auth/oidc/flow-store.ts'
import { providerState, readSignInName } from '#platform/auth/oidc/provider.ts'
import { authorizationUrl, discoverProvider, type FlowSecrets } from '#platform/auth/oidc/provider-client.ts'
import { findLiveProvider, findProvider, type Provider } from '#platform/auth/oidc/provider-store.ts'
import { sealedFlowOf, sealedSecretOf } from '#platform/auth/oidc/sealed-secret.ts'
import { hashSecret } from '#platform/auth/secret.ts'
import { OIDC_FLOW_LIFE_MS } from '#platform/auth/session.ts'
import { sealText, unsealText } from '#platform/crypto/seal-text.ts'
import { Problem } from '#platform/errors.ts'

/** A way to the provider that has begun. */
export interface BegunFlow {
  /** Address at the provider that the browser goes to. */
  readonly url: string
  /** Goes into a cookie of this browser and is stored nowhere. */
  readonly browser: string
}

/** How long ago somebody may have signed in at the provider: an hour to come in, five minutes to have an identity bound or a provider tried. */
export const MAX_AGE_SECONDS: Readonly<Record<FlowPurpose, number>> = { 'sign-in': 3600, connect: 300, test: 300 }

/**
 * Begins to sign somebody in at the provider of a sign-in name. An unknown name, a provider that has ended and one that cannot
 * be reached are refused with SIGN_IN_FAILED alike, and counted under the address.
 */
export async function beginOidcSignIn(app: App, name: string, client: Client, before: Actor): Promise<BegunFlow> {
  const subject = addressSubject(client.address)
  const provider = await attempt(app, [subject], async (tx): Promise<Try<Provider>> => {
    const found = await findLiveProvider(tx, { signInName: readSignInName(name) })
    return found ? { ok: true, value: found } : { ok: false }
  })
  const who = 'credential' in before && before.credential.kind === 'session' ? { person: before.person, session: before.credential.id as string } : undefined
  try {
    return await begin(app, provider, 'sign-in', who)
  } catch (error) {
    app.log.info({ reason: (error as Error).message }, 'an identity provider did not answer')
    throw new Problem('SIGN_IN_FAILED')
  }
}

/** Begins to bind the actor's identity at the own organisation's provider. Throws NOT_FOUND without a provider, CONFLICT for one that does not answer. */
export async function beginConnect(app: App, actor: PersonActor): Promise<BegunFlow> {
  const organisation = actor.kind === 'contact' ? actor.organisation : undefined
  const provider = organisation && (await app.db.read(actor, (tx) => findLiveProvider(tx, { organisation })))
  if (!provider) throw new Problem('NOT_FOUND', 'Your organisation has no identity provider here.')
  return beginAsSelf(app, actor, provider, 'connect')
}

/** Begins to try a provider that waits or stands, without signing anybody in. Throws NOT_FOUND, CONFLICT for one that has ended or does not answer. */
export async function beginTest(app: App, actor: PersonActor, id: string): Promise<BegunFlow> {
  const provider = await app.db.read(actor, (tx) => findProvider(tx, id))
  if (!provider || actor.kind !== 'contact' || provider.organisation_id !== actor.organisation) throw new Problem('NOT_FOUND')
  if (!['waits', 'live'].includes(providerState(provider, app.clock.now()))) throw new Problem('CONFLICT', 'This has ended.')
  return beginAsSelf(app, actor, provider, 'test')
}

async function beginAsSelf(app: App, actor: PersonActor, provider: Provider, purpose: 'connect' | 'test'): Promise<BegunFlow> {
  if (actor.credential.kind !== 'session') throw new Problem('FORBIDDEN')
  try {
    return await begin(app, provider, purpose, { person: actor.person, session: actor.credential.id })
  } catch (error) {
    app.log.info({ reason: (error as Error).message }, 'an identity provider did not answer')
    throw new Problem('CONFLICT', 'The identity provider does not answer as it should; try again later.')
  }
}

async function begin(
  app: App,
  provider: Provider,
  purpose: FlowPurpose,
  who: { person: PersonActor['person']; session: string } | undefined,
): Promise<BegunFlow> {
  const secrets: FlowSecrets = { state: random(), nonce: random(), verifier: random() }
  const browser = random()
  const secret = unsealText(app.keys, sealedSecretOf(provider.id), provider.sealed_secret)
  const configuration = await discoverProvider(app, { issuer: provider.issuer, clientId: provider.client_id, secret })
  const acr = provider.factors === 'acr' ? provider.accepted : []
  const url = await authorizationUrl(app, configuration, secrets, { maxAgeSeconds: MAX_AGE_SECONDS[purpose], acr })
  const stateHash = hashSecret(secrets.state)
  const sealed = sealText(app.keys, sealedFlowOf(stateHash), JSON.stringify({ nonce: secrets.nonce, verifier: secrets.verifier }))
  const expiresAt = new Date(app.clock.now().getTime() + OIDC_FLOW_LIFE_MS)
  const flow = { stateHash, browserHash: hashSecret(browser), provider: provider.id, purpose, who, sealed, expiresAt }
  await app.db.transaction(system('sign-in'), (tx) => insertFlow(tx, flow))
  return { url, browser }
}

/** 256 random bits; also a PKCE verifier of the length that RFC 7636, section 4.1, recommends. */
function random(): string {
  return randomBytes(32).toString('base64url')
}
