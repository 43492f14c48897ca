import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  clockSkew,
  clockTolerance,
  ClientSecretBasic,
  ClientSecretPost,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  type ClientAuth,
  type Configuration,
  type CustomFetch,
} from 'openid-client'
import type { App } from '#platform/app.ts'
import { guardedFetch } from '#platform/http/guarded-fetch.ts'
import { readSignedAlgorithm } from '#platform/auth/oidc/signed-algorithm.ts'

/** What is needed to speak with a provider. */
export interface ProviderAccess {
  readonly issuer: string
  readonly clientId: string
  readonly secret: string
}

/** What one way to the provider and back is held to. */
export interface FlowSecrets {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

/** Claims of a token that was verified (OpenID Connect Core 1.0, section 2). */
export interface VerifiedClaims {
  readonly subject: string
  readonly amr: unknown
  readonly acr: unknown
}

/** Seconds that the provider's clock may differ from the trusted instant. */
const TOLERANCE_SECONDS = 30

/** Path that providers send browsers back to. */
export const CALLBACK_PATH = '/api/auth/oidc/callback'

export function redirectUri(app: App): string {
  return `${app.config.url.origin}${CALLBACK_PATH}`
}

/**
 * Reads the provider's discovery document. It has to name the same issuer and endpoints that we would fetch from; nothing of it
 * is kept. Throws whatever goes wrong.
 */
export async function discoverProvider(app: App, access: ProviderAccess): Promise<Configuration> {
  const issuer = new URL(access.issuer)
  const skew = Math.round((app.clock.now().getTime() - machineTime()) / 1000)
  const metadata = { client_secret: access.secret, [clockSkew]: skew, [clockTolerance]: TOLERANCE_SECONDS }
  // The guard lets plain http through to this machine alone; without this the library would refuse it there too.
  const execute = [enableNonRepudiationChecks, ...(issuer.protocol === 'http:' ? [allowInsecureRequests] : [])]
  const fetch = guardedFetch(app.config.idpPrivateHosts) as CustomFetch
  const configuration = await discovery(issuer, access.clientId, metadata, authenticate(access.secret), { [customFetch]: fetch, execute })
  const { authorization_endpoint: authorization = '' } = configuration.serverMetadata()
  if (new URL(authorization).protocol !== issuer.protocol) throw new Error('the authorization endpoint is not of the protocol of its issuer')
  return configuration
}

/** What the library takes for the present: it asks the machine, and is told by how much the trusted instant differs. */
function machineTime(): number {
  return Math.round(performance.timeOrigin + performance.now())
}

/** Sends the secret in the way that the provider names, in the header where it names both (RFC 6749, section 2.3.1). */
function authenticate(secret: string): ClientAuth {
  return (server, client, body, headers) => {
    const basic = server.token_endpoint_auth_methods_supported?.includes('client_secret_basic') ?? true
    return (basic ? ClientSecretBasic(secret) : ClientSecretPost(secret))(server, client, body, headers)
  }
}

/** Where the browser signs in at the provider: code flow with PKCE (S256), state and nonce. */
export async function authorizationUrl(
  app: App,
  configuration: Configuration,
  secrets: FlowSecrets,
  asks: { readonly maxAgeSeconds: number; readonly acr: readonly string[] },
): Promise<string> {
  const url = buildAuthorizationUrl(configuration, {
    redirect_uri: redirectUri(app),
    response_type: 'code',
    scope: 'openid',
    state: secrets.state,
    nonce: secrets.nonce,
    code_challenge: await calculatePKCECodeChallenge(secrets.verifier),
    code_challenge_method: 'S256',
    max_age: String(asks.maxAgeSeconds),
    ...(asks.acr.length > 0 && { acr_values: asks.acr.join(' ') }),
  })
  return url.href
}

/**
 * Exchanges what the provider sent back for a token, and verifies the token: issuer (RFC 9207, too), audience, signature by a
 * published key, nonce, state, age of the sign-in. Keeps no token. Throws whatever goes wrong.
 */
export async function verifiedClaims(app: App, access: ProviderAccess, query: string, secrets: FlowSecrets, maxAgeSeconds: number): Promise<VerifiedClaims> {
  const configuration = await discoverProvider(app, access)
  if (configuration.serverMetadata().issuer !== access.issuer) throw new Error('the issuer is not the one that was confirmed')
  const back = new URL(redirectUri(app))
  back.search = query
  const tokens = await authorizationCodeGrant(configuration, back, {
    expectedState: secrets.state,
    expectedNonce: secrets.nonce,
    pkceCodeVerifier: secrets.verifier,
    maxAge: maxAgeSeconds,
    idTokenExpected: true,
  })
  readSignedAlgorithm(tokens.id_token ?? '')
  const claims = tokens.claims()
  if (!claims) throw new Error('no token about who signed in')
  if (claims.iss !== access.issuer) throw new Error('a token of another issuer')
  return { subject: claims.sub, amr: claims['amr'], acr: claims['acr'] }
}
