import { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { beginEnrolment } from '#platform/auth/begin-enrolment.ts'
import { clientOf } from '#platform/auth/client.ts'
import { ApiToken, CeremonyOptions, CreatedToken, CreateToken, EnrolPasskey, OwnSession, Passkey } from '#platform/auth/contract.ts'
import { clearCookie, setCookie } from '#platform/auth/cookie.ts'
import { createToken } from '#platform/auth/create-token.ts'
import { endOtherSessions, endSession } from '#platform/auth/end-session.ts'
import { endToken } from '#platform/auth/end-token.ts'
import { enrolPasskey } from '#platform/auth/enrol-passkey.ts'
import { pageById } from '#platform/auth/page-by-id.ts'
import { listPasskeys } from '#platform/auth/passkey-store.ts'
import { may } from '#platform/auth/policy.ts'
import { removePasskey } from '#platform/auth/remove-passkey.ts'
import { listSessions } from '#platform/auth/session-store.ts'
import type { SessionMethod } from '#platform/auth/session.ts'
import { listTokens } from '#platform/auth/token-store.ts'
import type { Tx } from '#platform/db/database.ts'
import { PageQuery, pageOf } from '#platform/http/page.ts'
import { route, type Route } from '#platform/http/route.ts'
import { idSchema } from '#platform/ids.ts'

const tag = 'auth'
const params = z.object({ id: idSchema() })
const nothing = { status: 204, response: z.undefined() } as const

/** A person's own sessions, passkeys and API tokens. */
export function accountRoutes(app: App): Route[] {
  return [...sessions(app), ...passkeys(app), ...tokens(app)]
}

/** Reads own rows: the person is in the query, and row-level security says the same. */
const own =
  <R>(app: App, actor: PersonActor, read: (tx: Tx, limit: number, before: string | undefined) => Promise<R>) =>
  (limit: number, before: string | undefined): Promise<R> =>
    app.db.read(actor, (tx) => read(tx, limit, before))

function sessions(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/account/sessions',
      summary: 'Lists your sessions, the newest first.',
      tag,
      access: may.listSessions,
      query: PageQuery,
      response: pageOf(OwnSession),
      handle: ({ actor, query }) => {
        const now = app.clock.now()
        const read = own(app, actor, (tx, limit, before) => listSessions(tx, actor.person, now, limit, before))
        return pageById(app, 'sessions', query, read, (row) => ({
          id: row.id,
          method: row.method as SessionMethod,
          userAgent: row.user_agent,
          address: row.address,
          createdAt: row.created_at,
          lastSeenAt: row.last_seen_at,
          expiresAt: row.expires_at,
          current: row.id === actor.credential.id,
        }))
      },
    }),
    route({
      method: 'DELETE',
      url: '/api/account/sessions',
      summary: 'Ends all of your sessions but this one.',
      tag,
      access: may.revokeSession,
      ...nothing,
      handle: async ({ actor }) => {
        await endOtherSessions(app, actor)
        return undefined
      },
    }),
    route({
      method: 'DELETE',
      url: '/api/account/sessions/:id',
      summary: 'Ends one of your sessions.',
      tag,
      access: may.revokeSession,
      params,
      ...nothing,
      handle: async ({ actor, params: { id }, reply }) => {
        await endSession(app, actor, id)
        if (id === actor.credential.id) clearCookie(app.config, reply)
        return undefined
      },
    }),
  ]
}

function passkeys(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/account/passkeys',
      summary: 'Lists your passkeys, the newest first.',
      tag,
      access: may.listPasskeys,
      query: PageQuery,
      response: pageOf(Passkey),
      handle: ({ actor, query }) => {
        const read = own(app, actor, (tx, limit, before) => listPasskeys(tx, actor.person, limit, before))
        return pageById(app, 'passkeys', query, read, ({ id, name, created_at, last_used_at }) => ({
          id,
          name,
          createdAt: created_at,
          lastUsedAt: last_used_at,
        }))
      },
    }),
    route({
      method: 'POST',
      url: '/api/account/passkeys/options',
      summary: 'Begins enrolling a passkey.',
      tag,
      access: may.enrolPasskey,
      response: CeremonyOptions,
      handle: ({ actor }) => beginEnrolment(app, actor),
    }),
    route({
      method: 'POST',
      url: '/api/account/passkeys',
      summary: 'Enrols a passkey; a session begun by a link is replaced by one with full rights.',
      tag,
      access: may.enrolPasskey,
      creates: true,
      body: EnrolPasskey,
      status: 201,
      response: Passkey,
      handle: async ({ actor, body, request, reply }) => {
        const { passkey, session } = await enrolPasskey(app, actor, body, clientOf(request))
        if (session) setCookie(app.config, reply, session)
        return passkey
      },
    }),
    route({
      method: 'DELETE',
      url: '/api/account/passkeys/:id',
      summary: 'Removes one of your passkeys and ends your other sessions; the last passkey stays.',
      tag,
      access: may.removePasskey,
      params,
      ...nothing,
      handle: async ({ actor, params: { id } }) => {
        await removePasskey(app, actor, id)
        return undefined
      },
    }),
  ]
}

function tokens(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/account/tokens',
      summary: 'Lists your API tokens, the newest first.',
      tag,
      access: may.listTokens,
      query: PageQuery,
      response: pageOf(ApiToken),
      handle: ({ actor, query }) => {
        const read = own(app, actor, (tx, limit, before) => listTokens(tx, actor.person, limit, before))
        return pageById(app, 'tokens', query, read, (row) => ({
          id: row.id,
          name: row.name,
          prefix: row.prefix,
          scopes: row.scopes as z.input<typeof ApiToken>['scopes'],
          createdAt: row.created_at,
          expiresAt: row.expires_at,
          lastUsedAt: row.last_used_at,
        }))
      },
    }),
    route({
      method: 'POST',
      url: '/api/account/tokens',
      summary: 'Creates an API token; its secret is shown in this answer only.',
      tag,
      access: may.createToken,
      creates: true,
      secret: true,
      body: CreateToken,
      status: 201,
      response: CreatedToken,
      handle: ({ actor, body }) => createToken(app, actor, body),
    }),
    route({
      method: 'DELETE',
      url: '/api/account/tokens/:id',
      summary: 'Revokes one of your API tokens.',
      tag,
      access: may.revokeToken,
      params,
      ...nothing,
      handle: async ({ actor, params: { id } }) => {
        await endToken(app, actor, id)
        return undefined
      },
    }),
  ]
}
