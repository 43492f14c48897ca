import { z } from 'zod'
import type { App } from '#platform/app.ts'
import { ANONYMOUS } from '#platform/auth/actor.ts'
import { attempt, hasTriesLeft, personSubject, type Try } from '#platform/auth/attempts.ts'
import { addressSubject, type Client } from '#platform/auth/client.ts'
import { MAX_AGE_SECONDS } from '#platform/auth/oidc/begin-flow.ts'
import { bindIdentity } from '#platform/auth/oidc/bind-identity.ts'
import type { OIDC_OUTCOMES } from '#platform/auth/oidc/contract.ts'
import { takeFlow, type Flow } from '#platform/auth/oidc/flow-store.ts'
import { findEntrant, identityRow, touchIdentity } from '#platform/auth/oidc/identity-store.ts'
import { providerState, showsFactors } from '#platform/auth/oidc/provider.ts'
import { verifiedClaims, type VerifiedClaims } from '#platform/auth/oidc/provider-client.ts'
import { findProvider, providerRow, type Provider } from '#platform/auth/oidc/provider-store.ts'
import { sealedFlowOf, sealedSecretOf } from '#platform/auth/oidc/sealed-secret.ts'
import { holdAccount } from '#platform/auth/people-store.ts'
import { hashSecret } from '#platform/auth/secret.ts'
import { accountsOf, startSession, type EarlierSession, type StartedSession } from '#platform/auth/start-session.ts'
import { pause } from '#platform/clock/clock.ts'
import { unsealText } from '#platform/crypto/seal-text.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { RateLimited } from '#platform/http/rate-limit.ts'

/** How often, and after how long each, a browser tries again that came back while others did. */
const MOST_TURNS = 40
const TURN_MS = 50

/** How a way to the provider and back ended. */
export type FlowEnd = { readonly session: StartedSession } | { readonly outcome: (typeof OIDC_OUTCOMES)[number]; readonly purpose: Flow['purpose'] }

/** What came back with a browser. */
export interface CameBack {
  readonly state: string | undefined
  /** From the cookie of the browser. */
  readonly browser: string | undefined
  /** The whole query, as the provider sent it. */
  readonly query: string
}

const FlowSecretsText = z.object({ nonce: z.string(), verifier: z.string() })

interface Returned {
  readonly flow: Flow
  readonly provider: Provider
}

/**
 * What a browser that comes back from a provider gets. Signing in is refused with one outcome whatever was wrong: a state that
 * is over, used or another browser's, a token that does not verify or shows too few factors, a subject that is bound to nobody
 * or to somebody of another organisation, a person who is disabled. Each is counted. A browser that came back cannot send its request again,
 * so that one waits for others of its address or account instead of being refused; at last RATE_LIMITED ends in the same outcome.
 */
export async function finishFlow(app: App, came: CameBack, client: Client): Promise<FlowEnd> {
  try {
    const returned = await inTurn(() => take(app, came, client))
    const claims = await verify(app, returned, came)
    if (returned.flow.purpose === 'sign-in') return { session: await inTurn(() => enter(app, returned, claims, client)) }
    if (claims === undefined) return { outcome: 'failed', purpose: returned.flow.purpose }
    if (!showsFactors(returned.provider, claims)) return { outcome: 'factors', purpose: returned.flow.purpose }
    if (returned.flow.purpose === 'test') return { outcome: 'passed', purpose: 'test' }
    const bound = await bindIdentity(app, returned.flow.who!, returned.provider, claims.subject)
    return { outcome: bound ? 'connected' : 'refused', purpose: 'connect' }
  } catch (error) {
    if (error instanceof Problem && (error.code === 'SIGN_IN_FAILED' || error.code === 'RATE_LIMITED')) return { outcome: 'refused', purpose: 'sign-in' }
    throw error
  }
}

/** A try again while another one of the same address or account runs: what is refused so was not executed. Throws RATE_LIMITED at last. */
async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  for (let turn = 0; ; turn++) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof RateLimited) || turn === MOST_TURNS) throw error
      await pause(TURN_MS)
    }
  }
}

/** Takes the flow that this browser set out on. Throws SIGN_IN_FAILED, counted under the address. */
async function take(app: App, { state, browser }: CameBack, client: Client): Promise<Returned> {
  return attempt(app, [addressSubject(client.address)], async (tx): Promise<Try<Returned>> => {
    if (state === undefined || browser === undefined) return { ok: false }
    const flow = await takeFlow(tx, hashSecret(state), hashSecret(browser), app.clock.now())
    const provider = flow && (await findProvider(tx, flow.provider))
    return provider ? { ok: true, value: { flow, provider } } : { ok: false }
  })
}

/** The claims of the token that the provider gives, or undefined. No transaction is open while we wait for it. */
async function verify(app: App, { flow, provider }: Returned, { state, query }: CameBack): Promise<VerifiedClaims | undefined> {
  try {
    const { nonce, verifier } = FlowSecretsText.parse(JSON.parse(unsealText(app.keys, sealedFlowOf(flow.stateHash), flow.sealed)))
    const secret = unsealText(app.keys, sealedSecretOf(provider.id), provider.sealed_secret)
    const access = { issuer: provider.issuer, clientId: provider.client_id, secret }
    return await verifiedClaims(app, access, query, { state: state!, nonce, verifier }, MAX_AGE_SECONDS[flow.purpose])
  } catch (error) {
    app.log.info({ reason: (error as Error).message }, 'a sign-in at an identity provider was refused')
    return undefined
  }
}

async function enter(app: App, { flow, provider }: Returned, claims: VerifiedClaims | undefined, client: Client): Promise<StartedSession> {
  return attempt(app, [addressSubject(client.address)], async (tx): Promise<Try<StartedSession>> => {
    if (claims === undefined || !showsFactors(provider, claims)) return { ok: false }
    const entrant = await findEntrant(tx, provider, claims.subject)
    if (!entrant) return { ok: false }
    if (!(await hasTriesLeft(tx, personSubject(entrant.person_id)))) return { ok: false }
    const before = earlierSession(flow)
    await holdAccount(tx, ...accountsOf(entrant.person_id, before))
    // With the account held: neither the person, the binding nor the provider ended while the browser was away.
    const still = (await isLive(app, tx, provider)) && (await findEntrant(tx, provider, claims.subject))?.id === entrant.id
    if (!still || !(await touchIdentity(tx, entrant.id, app.clock.now()))) return { ok: false, subjects: [personSubject(entrant.person_id)] }
    const binds = [identityRow({ id: entrant.id }), providerRow({ id: provider.id })]
    const via = { identity: entrant.id, provider: provider.id }
    return { ok: true, value: await startSession(app, tx, { person: entrant.person_id, method: 'oidc', client, before, binds, via }) }
  })
}

async function isLive(app: App, tx: Tx, { id }: Provider): Promise<boolean> {
  const now = await findProvider(tx, id)
  return now !== undefined && providerState(now, app.clock.now()) === 'live'
}

/** Whoever the browser was signed in as when it set out: the way back does not carry that cookie. */
function earlierSession({ who }: Flow): EarlierSession | typeof ANONYMOUS {
  return who ? { person: who.person, credential: { kind: 'session', id: who.session } } : ANONYMOUS
}
