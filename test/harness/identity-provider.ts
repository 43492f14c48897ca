import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Provider, type InteractionResults } from 'oidc-provider'

/** Who signs in at the provider next, and what they show. */
export interface AtTheProvider {
  readonly subject: string
  readonly email?: string
  readonly amr?: readonly string[]
  readonly acr?: string
  /** Seconds ago at which they signed in there. */
  readonly signedInBefore?: number
}

/** A real OpenID Connect provider on this machine (oidc-provider); whoever comes is signed in as `next` without being asked. */
export interface TestIdentityProvider {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  next: AtTheProvider
  close(): Promise<void>
}

/** Starts one that knows one client, which it sends back to `redirectUri`. */
export async function startIdentityProvider(redirectUri: string): Promise<TestIdentityProvider> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const started: TestIdentityProvider = {
    issuer,
    clientId: 'vedette',
    clientSecret: 'a secret of the test provider',
    next: { subject: 'nobody' },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  const provider = quietly(() => openProvider(started, redirectUri))
  const answer = provider.callback()
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const work = request.url?.startsWith('/interaction/') ? interact(provider, started, request, response) : answer(request, response)
    work.catch(() => response.writeHead(500).end())
  })
  return started
}

function openProvider(started: TestIdentityProvider, redirectUri: string): Provider {
  const provider = new Provider(started.issuer, {
    clients: [
      { client_id: started.clientId, client_secret: started.clientSecret, redirect_uris: [redirectUri], token_endpoint_auth_method: 'client_secret_basic' },
    ],
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id, ...(started.next.email && { email: started.next.email }) }) }),
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    features: { devInteractions: { enabled: false } },
    claims: { iss: null, openid: ['sub', 'email', 'acr', 'amr', 'auth_time'] },
    conformIdTokenClaims: false,
    acrValues: ['high'],
    cookies: { keys: ['a key of the test provider'] },
    pkce: { required: () => true },
    ttl: { Interaction: 600, Session: 600, Grant: 600, IdToken: 600, AccessToken: 600 },
  })
  provider.on('server_error', (_context, error) => process.stderr.write(`the test provider failed: ${error.stack}\n`))
  return provider
}

/** The library says on start-up that it keeps things in memory and that keys are its own; here that is meant. */
function quietly<T>(work: () => T): T {
  const { info, warn } = console
  console.info = console.warn = () => undefined
  try {
    return work()
  } finally {
    console.info = info
    console.warn = warn
  }
}

async function interact(provider: Provider, { next, clientId }: TestIdentityProvider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const details = await provider.interactionDetails(request, response)
  const result: InteractionResults = {}
  if (details.prompt.name === 'login') {
    const ts = Math.floor(Date.now() / 1000) - (next.signedInBefore ?? 0)
    result.login = { accountId: next.subject, ts, ...(next.amr && { amr: [...next.amr] }), ...(next.acr && { acr: next.acr }) }
  } else {
    const grant = new provider.Grant({ accountId: details.session!.accountId, clientId })
    grant.addOIDCScope('openid')
    result.consent = { grantId: await grant.save() }
  }
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true })
}
