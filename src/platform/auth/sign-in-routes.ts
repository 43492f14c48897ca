import type { FastifyReply } from 'fastify'
import type { App } from '#platform/app.ts'
import { system, type PersonActor } from '#platform/auth/actor.ts'
import { beginSignIn } from '#platform/auth/begin-sign-in.ts'
import { clientOf } from '#platform/auth/client.ts'
import { CeremonyOptions, LinkPurpose, LinkToken, PasskeySignIn, Session, UseLink } from '#platform/auth/contract.ts'
import { clearCookie, setCookie } from '#platform/auth/cookie.ts'
import { findSession } from '#platform/auth/credential-store.ts'
import { endSession } from '#platform/auth/end-session.ts'
import { actorOf } from '#platform/auth/identify.ts'
import { inspectLink } from '#platform/auth/inspect-link.ts'
import { may } from '#platform/auth/policy.ts'
import { readSession } from '#platform/auth/read-session.ts'
import { hashSecret } from '#platform/auth/secret.ts'
import { signInWithPasskey } from '#platform/auth/sign-in-with-passkey.ts'
import type { StartedSession } from '#platform/auth/start-session.ts'
import { useLink } from '#platform/auth/use-link.ts'
import { Problem } from '#platform/errors.ts'
import { route, type Route } from '#platform/http/route.ts'
import { z } from 'zod'

const tag = 'auth'

/** Signing in and out. */
export function signInRoutes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/session',
      summary: 'Says who is signed in, and what that person may do.',
      tag,
      access: may.readSession,
      response: Session,
      handle: ({ actor }) => readSession(app, actor),
    }),
    route({
      method: 'DELETE',
      url: '/api/session',
      summary: 'Signs out: ends this session.',
      tag,
      access: may.endSession,
      status: 204,
      response: z.undefined(),
      handle: async ({ actor, reply }) => {
        await endSession(app, actor, actor.credential.id)
        clearCookie(app.config, reply)
        return undefined
      },
    }),
    route({
      method: 'POST',
      url: '/api/auth/link/inspect',
      summary: 'Says what a one-time link is for, without using it up.',
      tag,
      access: 'public',
      anonymous: true,
      body: LinkToken,
      response: LinkPurpose,
      handle: async ({ body, request }) => {
        const link = await inspectLink(app, body.token, clientOf(request))
        return { purpose: link.purpose, personName: link.person_name, expiresAt: link.expires_at }
      },
    }),
    route({
      method: 'POST',
      url: '/api/auth/link',
      summary: 'Uses a one-time link up and signs in.',
      tag,
      access: 'public',
      body: UseLink,
      response: Session,
      handle: async ({ actor, body, request, reply }) => enter(app, await useLink(app, body, clientOf(request), actor), reply),
    }),
    route({
      method: 'POST',
      url: '/api/auth/passkey/options',
      summary: 'Begins signing in with a passkey.',
      tag,
      access: 'public',
      anonymous: true,
      response: CeremonyOptions,
      handle: () => beginSignIn(app),
    }),
    route({
      method: 'POST',
      url: '/api/auth/passkey',
      summary: 'Signs in with a passkey.',
      tag,
      access: 'public',
      body: PasskeySignIn,
      response: Session,
      handle: async ({ actor, body, request, reply }) => enter(app, await signInWithPasskey(app, body, clientOf(request), actor), reply),
    }),
  ]
}

/** Gives the new session to the browser, first of all: what was used up for it is gone. */
async function enter(app: App, started: StartedSession, reply: FastifyReply): Promise<z.input<typeof Session>> {
  setCookie(app.config, reply, started)
  return readSession(app, await actorIn(app, started))
}

async function actorIn(app: App, started: StartedSession): Promise<PersonActor> {
  const holder = await app.db.read(system('sign-in'), (tx) => findSession(tx, hashSecret(started.secret), app.clock.now(), app.config.edition === 'demo'))
  const actor = holder && actorOf(holder, { kind: 'session', id: started.id, method: holder.method })
  if (actor?.kind !== 'operator' && actor?.kind !== 'contact') throw new Problem('SIGN_IN_FAILED')
  return actor
}
