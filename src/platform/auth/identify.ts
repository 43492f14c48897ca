import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { FastifyRequest } from 'fastify'
import type { App } from '#platform/app.ts'
import { ANONYMOUS, CONTACT_ROLES, OPERATOR_ROLES, system, type Actor, type Credential } from '#platform/auth/actor.ts'
import { countGuessedToken } from '#platform/auth/attempts.ts'
import { bytesOf } from '#platform/auth/certificates/add-certificate.ts'
import { readCookie } from '#platform/auth/cookie.ts'
import {
  findCertificates,
  findSessions,
  findTokens,
  touchCertificate,
  touchSession,
  touchToken,
  wasToken,
  type Holder,
  type SessionHolder,
  type TokenHolder,
} from '#platform/auth/credential-store.ts'
import { hashSecret, isSecret } from '#platform/auth/secret.ts'
import { SEEN_EVERY_MS } from '#platform/auth/session.ts'
import { together, type LookUp } from '#platform/db/together.ts'
import type { Id } from '#platform/ids.ts'

/**
 * Finds out who sends a request: by its Authorization header (`Bearer`, or `Basic` with the token as password, which
 * is all that some TAXII clients can send; the user name says nothing and is ignored), otherwise by its session cookie, otherwise by the
 * certificate that it showed. Whatever is unknown, ended, revoked,
 * disabled or suspended gives the anonymous actor, so that all of them are answered alike. Reads the database on every
 * request; throws DATABASE_UNAVAILABLE when it cannot.
 */
export function createIdentify(app: App): (request: FastifyRequest) => Promise<Actor> {
  const demonstration = app.config.edition === 'demo'
  const sessionOf = together(inHex, (hashes) => findSessions(app.db, hashes, app.clock.now(), demonstration))
  const tokenOf = together(inHex, (hashes) => findTokens(app.db, hashes, app.clock.now()))
  const certificateOf = together(inHex, (fingerprints) => findCertificates(app.db, fingerprints, app.clock.now()))
  return async (request) => {
    const { authorization } = request.headers
    if (authorization !== undefined) return byToken(app, tokenOf, bearer(authorization, app.config.basic))
    const cookie = readCookie(app.config, request)
    if (cookie !== undefined) return bySession(app, sessionOf, cookie)
    const certificate = verifiedCertificate(request.socket)
    return certificate === undefined ? ANONYMOUS : byCertificate(app, certificateOf, certificate)
  }
}

const inHex = (hash: Buffer) => hash.toString('hex')

/** What the client showed on a connection of our own TLS, if an authority of VEDETTE_TLS_CLIENT_CA vouches for it (RFC 5280); no header is ever believed to speak for one. */
function verifiedCertificate(socket: Socket): Buffer | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined
  const shown = socket.getPeerX509Certificate()
  return shown && bytesOf(shown.fingerprint256)
}

async function byCertificate(app: App, certificateOf: LookUp<Buffer, TokenHolder>, fingerprint: Buffer): Promise<Actor> {
  const found = await certificateOf(fingerprint)
  if (!found) return ANONYMOUS
  const now = app.clock.now()
  if (isStale(found.lastUsed, now)) await app.db.transaction(system('identify'), (tx) => touchCertificate(tx, found.token, now))
  return actorOf(found, { kind: 'certificate', id: found.token as Id<'client-certificate'>, scopes: found.scopes })
}

async function bySession(app: App, sessionOf: LookUp<Buffer, SessionHolder>, secret: string): Promise<Actor> {
  if (!isSecret('session', secret)) return ANONYMOUS
  const found = await sessionOf(hashSecret(secret))
  if (!found) return ANONYMOUS
  const now = app.clock.now()
  if (isStale(found.lastSeen, now)) await app.db.transaction(system('identify'), (tx) => touchSession(tx, found.session, now))
  return actorOf(found, { kind: 'session', id: found.session as Id<'session'>, method: found.method })
}

async function byToken(app: App, tokenOf: LookUp<Buffer, TokenHolder>, secret: string | undefined): Promise<Actor> {
  if (secret === undefined) return ANONYMOUS
  const hash = hashSecret(secret)
  const found = isSecret('token', secret) ? await tokenOf(hash) : undefined
  if (!found) {
    if (!(await app.db.read(system('sign-in'), (tx) => wasToken(tx, hash)))) await countGuessedToken(app, secret)
    return ANONYMOUS
  }
  const now = app.clock.now()
  if (isStale(found.lastUsed, now)) await app.db.transaction(system('identify'), (tx) => touchToken(tx, found.token, now))
  return actorOf(found, { kind: 'token', id: found.token as Id<'api-token'>, scopes: found.scopes })
}

/** The secret of an Authorization header (RFC 6750, section 2.1; RFC 7617, section 2), or undefined. */
function bearer(header: string, basic: boolean): string | undefined {
  const [, scheme = '', value = ''] = /^([A-Za-z]+) +([A-Za-z0-9._~+/=-]+) *$/.exec(header) ?? []
  if (/^bearer$/i.test(scheme)) return value
  if (!basic || !/^basic$/i.test(scheme)) return undefined
  const pair = Buffer.from(value, 'base64').toString('utf8')
  const colon = pair.indexOf(':')
  return colon < 0 ? undefined : pair.slice(colon + 1)
}

function isStale(seen: number | null, now: Date): boolean {
  return seen === null || now.getTime() - seen >= SEEN_EVERY_MS
}

/** The actor of a holder; roles that this program does not know give no rights. */
export function actorOf(holder: Holder, credential: Credential): Actor {
  const { person, operator_id: operator, organisation_id: organisation, organisation_kind: organisationKind } = holder
  const has = (side: string) => (role: string) => holder.roles.includes(`${side}:${role}`)
  if (operator !== null) return { kind: 'operator', person, operator, roles: OPERATOR_ROLES.filter(has('operator')), credential }
  if (organisation === null || organisationKind === null) return ANONYMOUS
  return { kind: 'contact', person, organisation, organisationKind, roles: CONTACT_ROLES.filter(has('contact')), credential }
}
