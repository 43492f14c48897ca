import type { FastifyRequest } from 'fastify'
import type { App } from '#platform/app.ts'
import { system, type Actor, type ContactActor, type SystemActor } from '#platform/auth/actor.ts'
import { countAttempts, insertAttempts } from '#platform/auth/attempt-store.ts'
import { FAILED_TRIES, FAILED_TRIES_MINUTES } from '#platform/auth/attempts.ts'
import { addressSubject } from '#platform/auth/client.ts'
import { findPerson } from '#platform/auth/people-store.ts'
import { createSecret, hashSecret, isSecret } from '#platform/auth/secret.ts'
import { isLive } from '#platform/auth/session-store.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { OperatorId, OrganisationId } from '#platform/ids.ts'
import type { ApplicationId } from '#program/membership/applications/application.ts'
import { LINK_DAYS, TOKEN_HEADER } from '#program/membership/applications/contract.ts'
import { findApplication, findByLink, insertLink, lockApplication, type ApplicationRow } from '#program/membership/applications/store.ts'

const APPLICANT = system('applicant')
const DAY_MS = 86_400_000

/** An application in the hands of its applicant, in one transaction. */
export interface Held {
  readonly tx: Tx
  readonly row: ApplicationRow
  readonly at: Date
  /** When the link that was used stops working unless something is saved. */
  readonly expiresAt: Date
}

interface Found {
  readonly id: ApplicationId
  readonly linkedAt: Date
  /** In whose name it is read and changed: nobody's account, or that of the member's administrator. */
  readonly actor: SystemActor | ContactActor
}

/** A new link to an application. Returns the secret, which is stored nowhere, and when the link stops working. */
export async function issueResumeLink(app: App, tx: Tx, { id, operator_id: operator }: Pick<ApplicationRow, 'id' | 'operator_id'>) {
  const at = app.clock.now()
  const { text, hash } = createSecret('application')
  await insertLink(tx, { hash, application: id, operator, at })
  return { token: text, url: `${app.config.url.origin}/apply#${text}`, expiresAt: expiryOf(at, at) }
}

/** Reads the application of the request's link. Throws NOT_FOUND for every link that opens nothing, in the same words. */
export async function readApplication<T>(app: App, request: FastifyRequest, work: (held: Held) => Promise<T>): Promise<T> {
  const { actor, id, linkedAt } = await find(app, request)
  return app.db.read(actor, async (tx) => work(await hold(app, tx, await findApplication(tx, id), linkedAt)))
}

/** The same to change it; nobody else changes it meanwhile. */
export async function changeOwnApplication<T>(app: App, request: FastifyRequest, work: (held: Held) => Promise<T>): Promise<T> {
  const { actor, id, linkedAt } = await find(app, request)
  return app.db.transaction(actor, async (tx) => {
    if (actor.kind === 'contact' && !(await isAdminStill(tx, actor))) throw new Problem('NOT_FOUND')
    return work(await hold(app, tx, await lockApplication(tx, id), linkedAt))
  })
}

/** A body takes as long as its sender wants: what was revoked meanwhile must not act any more. */
async function isAdminStill(tx: Tx, { person: id, credential }: ContactActor): Promise<boolean> {
  const person = await findPerson(tx, id)
  return person?.disabledAt === null && person.roles.includes('admin') && (await isLive(tx, credential.id))
}

async function hold(app: App, tx: Tx, row: ApplicationRow | undefined, linkedAt: Date): Promise<Held> {
  if (!row) throw new Problem('NOT_FOUND')
  return { tx, row, at: app.clock.now(), expiresAt: expiryOf(linkedAt, row.saved_at) }
}

/** Wrong secrets are counted by address: after ten in 15 minutes even the right one is answered as if it were wrong. */
async function find(app: App, request: FastifyRequest): Promise<Found> {
  const text = request.headers[TOKEN_HEADER]
  if (typeof text !== 'string' || !isSecret('application', text)) throw new Problem('NOT_FOUND')
  const subject = `application-${addressSubject(request.ip)}`
  const found = await app.db.read(APPLICANT, async (tx) => {
    if ((await countAttempts(tx, subject, FAILED_TRIES_MINUTES)) >= FAILED_TRIES) throw new Problem('NOT_FOUND')
    return findByLink(tx, hashSecret(text))
  })
  if (found && expiryOf(found.linked_at, found.saved_at) > app.clock.now()) {
    return { id: found.id, linkedAt: found.linked_at, actor: actorFor(found.organisation_id, request.actor) }
  }
  await app.db.transaction(APPLICANT, (tx) => insertAttempts(tx, [subject]))
  throw new Problem('NOT_FOUND')
}

/** A renewal opens only in the session of an administrator of the member: whoever left, left with the link too. */
function actorFor(organisation: OrganisationId | null, actor: Actor): SystemActor | ContactActor {
  if (organisation === null) return APPLICANT
  const isAdmin = actor.kind === 'contact' && actor.organisation === organisation && actor.roles.includes('admin')
  if (!isAdmin || actor.credential.kind !== 'session' || actor.credential.method === 'link') throw new Problem('NOT_FOUND')
  return actor
}

function expiryOf(linkedAt: Date, savedAt: Date): Date {
  return new Date(Math.max(linkedAt.getTime(), savedAt.getTime()) + LINK_DAYS * DAY_MS)
}

/** The operator that an act of an applicant is evidence of. */
export const evidenceOf = (row: ApplicationRow): { readonly operator: OperatorId } => ({ operator: row.operator_id })
