import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import type { App } from '#platform/app.ts'
import { clientOf } from '#platform/auth/client.ts'
import { setCookie } from '#platform/auth/cookie.ts'
import { beginConnect, beginOidcSignIn, beginTest, type BegunFlow } from '#platform/auth/oidc/begin-flow.ts'
import { confirmProvider } from '#platform/auth/oidc/confirm-provider.ts'
import {
  CallbackQuery,
  GoTo,
  IdentityParams,
  IdentityProvider,
  OwnIdentities,
  ProposeProvider,
  ProviderParams,
  StartOidc,
} from '#platform/auth/oidc/contract.ts'
import { disconnectIdentity } from '#platform/auth/oidc/disconnect-identity.ts'
import { endProvider } from '#platform/auth/oidc/end-provider.ts'
import { finishFlow, type FlowEnd } from '#platform/auth/oidc/finish-flow.ts'
import { clearFlowCookie, readFlowCookie, setFlowCookie } from '#platform/auth/oidc/flow-cookie.ts'
import { listIdentities } from '#platform/auth/oidc/identity-store.ts'
import { proposeProvider } from '#platform/auth/oidc/propose-provider.ts'
import { isStrict, providerState } from '#platform/auth/oidc/provider.ts'
import { CALLBACK_PATH, redirectUri } from '#platform/auth/oidc/provider-client.ts'
import { findLiveProvider, listProviders, type Provider } from '#platform/auth/oidc/provider-store.ts'
import { pageById } from '#platform/auth/page-by-id.ts'
import { may } from '#platform/auth/policy.ts'
import { SENT } from '#platform/http/answer.ts'
import { PageQuery, pageOf } from '#platform/http/page.ts'
import { route, type Route } from '#platform/http/route.ts'

const tag = 'auth'

/** Sign-in by the member's own identity provider (OpenID Connect Core 1.0). */
export function routes(app: App): Route[] {
  return [...signIn(app), ...providers(app), ...identities(app)]
}

function signIn(app: App): Route[] {
  return [
    route({
      method: 'POST',
      url: '/api/auth/oidc/start',
      summary: 'Begins signing in at the identity provider of a member: says where the browser goes. Unknown names are refused like everything else.',
      tag,
      access: 'public',
      body: StartOidc,
      response: GoTo,
      handle: async ({ actor, body, request, reply }) => setOut(app, await beginOidcSignIn(app, body.signInName, clientOf(request), actor), reply),
    }),
    route({
      method: 'GET',
      url: CALLBACK_PATH,
      summary: 'Where an identity provider sends the browser back to; leads on into the console.',
      tag,
      access: 'public',
      anonymous: true,
      query: CallbackQuery,
      response: z.any(),
      handle: async ({ query, request, reply }) => {
        const search = request.url.slice(CALLBACK_PATH.length)
        const end = await finishFlow(app, { state: query['state'], browser: readFlowCookie(app.config, request), query: search }, clientOf(request))
        clearFlowCookie(app.config, reply)
        if ('session' in end) setCookie(app.config, reply, end.session)
        void reply.redirect(placeAfter(end), 303)
        return SENT
      },
    }),
  ]
}

/** Where the console goes on after each end of a flow. */
function placeAfter(end: FlowEnd): string {
  if ('session' in end) return '/'
  if (end.purpose === 'connect') return `/account?identity=${end.outcome}`
  return end.purpose === 'test' ? `/sign-in-settings?test=${end.outcome}` : `/sign-in?refused=organisation`
}

function setOut(app: App, { url, browser }: BegunFlow, reply: FastifyReply): z.input<typeof GoTo> {
  setFlowCookie(app.config, reply, browser)
  return { url }
}

function providers(app: App): Route[] {
  const show = (provider: Provider) => showProvider(app, provider)
  return [
    route({
      method: 'GET',
      url: '/api/identity-providers',
      summary: 'Lists identity providers: those of your organisation, or of the members you can see, the newest first.',
      tag,
      access: may.listProviders,
      query: PageQuery,
      response: pageOf(IdentityProvider),
      handle: ({ actor, query }) =>
        pageById(app, 'identity-providers', query, (limit, before) => app.db.read(actor, (tx) => listProviders(tx, limit, before)), show),
    }),
    route({
      method: 'POST',
      url: '/api/identity-providers',
      summary: 'Proposes the identity provider of your organisation; a second person confirms it.',
      tag,
      access: may.proposeProvider,
      creates: true,
      body: ProposeProvider,
      status: 201,
      response: IdentityProvider,
      handle: async ({ actor, body }) => show(await proposeProvider(app, actor, body)),
    }),
    route({
      method: 'POST',
      url: '/api/identity-providers/:id/test',
      summary: 'Begins to try an identity provider without signing anybody in: says where the browser goes.',
      tag,
      access: may.testProvider,
      params: ProviderParams,
      response: GoTo,
      handle: async ({ actor, params: { id }, reply }) => setOut(app, await beginTest(app, actor, id), reply),
    }),
    route({
      method: 'POST',
      url: '/api/identity-providers/:id/confirmation',
      summary: 'Confirms an identity provider that somebody else proposed; from now on it signs people in.',
      tag,
      access: may.confirmProvider,
      params: ProviderParams,
      response: IdentityProvider,
      handle: async ({ actor, params: { id } }) => show(await confirmProvider(app, actor, id)),
    }),
    route({
      method: 'DELETE',
      url: '/api/identity-providers/:id',
      summary: 'Ends an identity provider with every session begun at it, or a proposal.',
      tag,
      access: may.endProvider,
      params: ProviderParams,
      response: IdentityProvider,
      handle: async ({ actor, params: { id } }) => show(await endProvider(app, actor, id)),
    }),
  ]
}

function identities(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/account/identities',
      summary: "Lists who you are at your organisation's identity provider.",
      tag,
      access: may.listIdentities,
      query: PageQuery,
      response: OwnIdentities,
      handle: async ({ actor, query }) => {
        const read = (limit: number, before: string | undefined) => app.db.read(actor, (tx) => listIdentities(tx, actor.person, limit, before))
        const page = await pageById(app, 'identities', query, read, (row) => ({
          id: row.id,
          issuer: row.issuer,
          subject: row.subject,
          boundBy: row.bound_by,
          boundAt: row.bound_at,
          lastUsedAt: row.last_used_at,
        }))
        const organisation = actor.kind === 'contact' ? actor.organisation : undefined
        const provider = organisation && (await app.db.read(actor, (tx) => findLiveProvider(tx, { organisation })))
        return { ...page, available: provider !== undefined }
      },
    }),
    route({
      method: 'POST',
      url: '/api/account/identities',
      summary: "Begins to connect your sign-in of your organisation's identity provider: says where the browser goes.",
      tag,
      access: may.connectIdentity,
      response: GoTo,
      handle: async ({ actor, reply }) => setOut(app, await beginConnect(app, actor), reply),
    }),
    route({
      method: 'DELETE',
      url: '/api/account/identities/:id',
      summary: 'Disconnects it, and ends every session begun by it.',
      tag,
      access: may.disconnectIdentity,
      params: IdentityParams,
      status: 204,
      response: z.undefined(),
      handle: async ({ actor, params: { id } }) => {
        await disconnectIdentity(app, actor, id)
        return undefined
      },
    }),
  ]
}

function showProvider(app: App, provider: Provider): z.input<typeof IdentityProvider> {
  const { factors, accepted } = provider
  return {
    id: provider.id,
    organisation: { id: provider.organisation_id, name: provider.organisation_name },
    signInName: provider.sign_in_name,
    issuer: provider.issuer,
    clientId: provider.client_id,
    rule: { factors, accepted: [...accepted] },
    strict: isStrict(provider),
    subjectsByScim: provider.subjects_by_scim,
    redirectUri: redirectUri(app),
    proposedBy: { id: provider.proposed_by, name: provider.proposer_name },
    proposedAt: provider.proposed_at,
    expiresAt: provider.expires_at,
    confirmedBy: provider.confirmed_by === null ? null : { id: provider.confirmed_by, name: provider.confirmer_name ?? '' },
    confirmedAt: provider.confirmed_at,
    endedAt: provider.ended_at,
    state: providerState(provider, app.clock.now()),
  }
}
