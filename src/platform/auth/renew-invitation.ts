import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { issueLink, type IssuedLink } from '#platform/auth/issue-link.ts'
import { lockManagedPerson } from '#platform/auth/lock-managed-person.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import { requireRoles } from '#platform/auth/recovery.ts'
import { tellOfficers } from '#platform/auth/tell-officers.ts'
import { actsAlone } from '#platform/auth/two-officers.ts'
import { Problem } from '#platform/errors.ts'
import { notify } from '#platform/notices/notify.ts'

/**
 * A new invitation for somebody who has never come in; the earlier link ends, and that person and the other officers
 * are told. Throws CONFLICT for somebody without roles, and, since it then takes a recovery by two operators, for an
 * account that was ever active and for the operator's own staff once there were two officers: whoever gets the link can
 * become its person.
 */
export async function renewInvitation(app: App, actor: PersonActor, id: string): Promise<IssuedLink> {
  return app.db.transaction(actor, async (tx) => {
    const person = await lockManagedPerson(tx, actor, id)
    if (person.disabledAt) throw new Problem('CONFLICT', 'This person is disabled.')
    requireRoles(person)
    if (person.wasActive) throw new Problem('CONFLICT', 'This account was in use already; open a recovery instead, which a second operator approves.')
    const alone = person.side.kind === 'operator' && (await actsAlone(tx, person.side.operator))
    if (person.side.kind === 'operator' && !alone) {
      throw new Problem('CONFLICT', 'A link for somebody of the operator takes two officers; open a recovery instead, which a second one approves.')
    }
    const link = await issueLink(app, tx, 'invitation', person.id)
    await recordFor(app, tx, person.id, {
      action: 'person.invitation-renewed',
      subject: person.id,
      binds: link.binds,
      ...(alone && { details: { alone } }),
    })
    const data = { person: person.id, name: person.name }
    await notify(app, tx, person.id, 'person.invitation-renewed', data)
    await tellOfficers(app, tx, { about: person.id, except: actor.person }, 'person.invitation-renewed', data)
    return link
  })
}
