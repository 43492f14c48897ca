import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import { membershipOfficers } from '#platform/auth/people-store.ts'
import type { Tx } from '#platform/db/database.ts'
import { sendMail } from '#platform/mail/send-mail.ts'
import { notify } from '#platform/notices/notify.ts'
import { insertLapseNotice, lapseNoticeRow, listLapsing, type LapseNotice } from '#program/membership/standing/lapse-store.ts'
import { dueOf } from '#program/membership/standing/renewal-dates.ts'
import { listAdmins, type StoredMember } from '#program/membership/standing/standing-store.ts'
import { programmeZones } from '#program/releases/rules/rules-store.ts'

/** Days before an instant at which a member and its operator are told of it. */
export const ANNOUNCED_DAYS = [60, 30, 7, 1] as const
const DAY_MS = 86_400_000

/** Which announcements are to be made now: of each instant the nearest, so that who was away is not told four times at once. */
export function announcementsAt(
  member: Pick<StoredMember, 'since' | 'until'>,
  now: Date,
  zone: string,
): { what: LapseNotice['what']; instant: Date; days: number }[] {
  const instants = [{ what: 'due' as const, instant: dueOf(member, now, zone) }, ...(member.until ? [{ what: 'until' as const, instant: member.until }] : [])]
  return instants.flatMap(({ what, instant }) => {
    const left = instant.getTime() - now.getTime()
    const days = ANNOUNCED_DAYS.filter((each) => left <= each * DAY_MS).at(-1)
    return left > 0 && days !== undefined ? [{ what, instant, days }] : []
  })
}

/** Tells members and officers once of each instant and number of days (program.md, E30; I20); one transaction for each member. */
export async function announceLapses(app: App): Promise<void> {
  const now = app.clock.now()
  const actor = system('standing.announce-lapses')
  const members = await app.db.read(actor, (tx) => listLapsing(tx))
  const zones = await app.db.read(actor, (tx) =>
    programmeZones(
      tx,
      members.map(({ operator }) => operator),
    ),
  )
  for (const member of members) {
    for (const announcement of announcementsAt(member, now, zones.get(member.operator)!))
      await app.db.transaction(system('standing.announce-lapses'), (tx) => announce(app, tx, member, { ...announcement, at: now }))
  }
}

async function announce(app: App, tx: Tx, member: StoredMember, notice: LapseNotice & { readonly at: Date }): Promise<void> {
  if (!(await insertLapseNotice(tx, member, notice))) return
  const { operator, organisation, name } = member
  const { what, instant, days } = notice
  await notify(app, tx, await membershipOfficers(tx, operator), 'member.lapses', { organisation, name })
  const admins = await listAdmins(tx, organisation)
  await notify(
    app,
    tx,
    admins.map(({ id }) => id),
    'standing.lapses',
    {},
  )
  for (const { id, email } of admins)
    if (email !== null) await sendMail(app, tx, { to: email, ...letter(app, notice), kind: 'standing.lapses', person: id, operator })
  const binds = [lapseNoticeRow(member, notice)]
  app.audit.record(tx, { action: 'member.lapse-announced', subject: organisation, operator, binds, details: { what, instant: instant.toISOString(), days } })
}

function letter(app: App, { what, instant }: LapseNotice): { subject: string; text: string } {
  const when = instant.toISOString()
  const page = new URL('/organisation', app.config.url).href
  return what === 'due'
    ? {
        subject: 'Your membership is due for renewal',
        text: `The membership of your organisation is due for renewal on ${when}. Until its lapse, 30 days later, you read what you read now.\n\n${page}\n`,
      }
    : {
        subject: 'Your membership is about to lapse',
        text: `The membership of your organisation lapses at ${when} unless it is renewed before. From that instant on nothing more opens to it, also within a window.\n\n${page}\n`,
      }
}
