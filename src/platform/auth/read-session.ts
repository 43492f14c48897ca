import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { Session } from '#platform/auth/contract.ts'
import { findPerson } from '#platform/auth/people-store.ts'
import { permittedVerbs } from '#platform/auth/permitted-verbs.ts'
import { Problem } from '#platform/errors.ts'
import { countUnread } from '#platform/notices/count-unread.ts'

/** Who the actor is and what it may do, as the console needs it. */
export async function readSession(app: App, actor: PersonActor): Promise<z.input<typeof Session>> {
  const { credential } = actor
  const { person, unreadNotices } = await app.db.read(actor, async (tx) => ({
    person: await findPerson(tx, actor.person),
    unreadNotices: await countUnread(tx, actor.person),
  }))
  if (!person) throw new Problem('NOT_SIGNED_IN')
  return {
    person: { id: person.id, name: person.name },
    kind: actor.kind,
    organisation: {
      id: actor.kind === 'operator' ? actor.operator : actor.organisation,
      name: person.sideName,
      kind: actor.kind === 'operator' ? 'operator' : actor.organisationKind,
    },
    roles: [...actor.roles],
    may: await permittedVerbs(actor),
    credential: credential.kind === 'session' ? credential.method : credential.kind,
    complete: credential.kind !== 'session' || credential.method !== 'link',
    unreadNotices,
    clock: { now: app.clock.now(), disagreement: app.clock.disagreement() ?? null },
    edition: app.config.edition,
  }
}
