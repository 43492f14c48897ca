import type { App } from '#platform/app.ts'
import { system, type ContactActor, type OperatorActor, type PersonActor } from '#platform/auth/actor.ts'
import { endSession } from '#platform/auth/end-session.ts'
import { actorOf } from '#platform/auth/identify.ts'
import { findSession } from '#platform/auth/credential-store.ts'
import { startSession } from '#platform/auth/start-session.ts'
import { hashSecret } from '#platform/auth/secret.ts'
import type { PersonId } from '#platform/ids.ts'

/** Does something in the name of a person of the demonstration, in a session that ends with it. Throws outside the demonstration. */
async function actingAs<T>(app: App, person: PersonId, work: (actor: PersonActor) => Promise<T>): Promise<T> {
  if (app.config.edition !== 'demo') throw new Error('somebody acted for outside the demonstration')
  const client = { address: '127.0.0.1', userAgent: 'Vedette, loading the demonstration' }
  const { secret } = await app.db.transaction(system('demonstration'), (tx) => startSession(app, tx, { person, method: 'demonstration', client }))
  const held = await app.db.read(system('demonstration'), (tx) => findSession(tx, hashSecret(secret), app.clock.now(), true))
  const actor = actorOf(held!, { kind: 'session', id: held!.session as never, method: 'demonstration' }) as PersonActor
  try {
    return await work(actor)
  } finally {
    await endSession(app, actor, held!.session)
  }
}

export function asOperator<T>(app: App, person: PersonId, work: (actor: OperatorActor) => Promise<T>): Promise<T> {
  return actingAs(app, person, (actor) => work(actor as OperatorActor))
}

export function asContact<T>(app: App, person: PersonId, work: (actor: ContactActor) => Promise<T>): Promise<T> {
  return actingAs(app, person, (actor) => work(actor as ContactActor))
}
