import type { App } from '#platform/app.ts'
import { membershipOfficers } from '#platform/auth/people-store.ts'
import type { Tx } from '#platform/db/database.ts'
import type { PersonId } from '#platform/ids.ts'
import { notify } from '#platform/notices/notify.ts'
import { listAdmins, type StoredMember } from '#program/membership/standing/standing-store.ts'

type StandingNotice = 'member.change-proposed' | 'member.standing-changed' | 'member.change-closed' | 'member.review-opened'

/** Tells every other membership officer what was done to a member's standing, and where it changed, the member's admins. */
export async function tellOfStanding(app: App, tx: Tx, member: StoredMember, kind: StandingNotice, except: PersonId | undefined): Promise<void> {
  const { operator, organisation, name } = member
  const officers = (await membershipOfficers(tx, operator)).filter((officer) => officer !== except)
  await notify(app, tx, officers, kind, { organisation, name })
  if (kind !== 'member.standing-changed') return
  const admins = await listAdmins(tx, organisation)
  await notify(
    app,
    tx,
    admins.map(({ id }) => id),
    'standing.changed',
    {},
  )
}
