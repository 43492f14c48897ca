import type { App } from '#platform/app.ts'
import { system, type ContactActor, type ContactRole } from '#platform/auth/actor.ts'
import { TOKEN_SCOPES } from '#platform/auth/contract.ts'
import { addToken } from '#platform/auth/create-token.ts'
import { insertPerson, personRow, replaceRoles, roleRows } from '#platform/auth/people-store.ts'
import { startSession } from '#platform/auth/start-session.ts'
import type { PersonId } from '#platform/ids.ts'
import type { SeededOrganisation, SeededPerson } from '#test/harness/people.ts'

/** One more contact of a member, signed in by passkey and with a token of all scopes. */
export async function seedContact(
  app: App,
  organisation: SeededOrganisation,
  role: ContactRole,
  name: string,
  email: string | null = null,
): Promise<SeededPerson<ContactActor>> {
  const id = app.ids.next<'person'>() as PersonId
  return app.db.transaction(system('seed'), async (tx) => {
    await insertPerson(tx, { id, side: { kind: 'contact', organisation: organisation.id, operators: [] }, name, email, at: app.clock.now() })
    await replaceRoles(tx, id, 'contact', [role], app.clock.now())
    app.audit.record(tx, { action: 'person.invited', subject: id, binds: [personRow({ id }), ...roleRows(id, 'contact')] })
    const started = await startSession(app, tx, { person: id, method: 'passkey', client: { address: '192.0.2.1', userAgent: 'seed' } })
    const { secret } = await addToken(app, tx, id, { name: 'seed', scopes: [...TOKEN_SCOPES], expiresInDays: 366 })
    const credential = { kind: 'session', id: started.id, method: 'passkey' } as const
    const actor = { kind: 'contact', person: id, organisation: organisation.id, organisationKind: organisation.kind, roles: [role], credential } as const
    const cookie = `${app.config.url.protocol === 'https:' ? '__Host-vedette' : 'vedette'}=${started.secret}`
    return { id, name, actor, session: { cookie, 'sec-fetch-site': 'same-origin' }, token: { authorization: `Bearer ${secret}` } }
  })
}
