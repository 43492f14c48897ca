import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId, PersonId } from '#platform/ids.ts'
import { notify } from '#platform/notices/notify.ts'
import type { OpeningTier } from '#program/openings/contract.ts'
import {
  holdReminders,
  insertReminder,
  listConfirmedAhead,
  listMemberContacts,
  listOperators,
  listPublishers,
  listReminded,
  reminderKey,
  reminderRow,
  type Reminder,
} from '#program/openings/reminder-store.ts'
import { nameOfOperator } from '#program/openings/store.ts'
import { cyclesOf } from '#program/releases/cycles.ts'
import { WINDOW_TIERS } from '#program/releases/programme.ts'
import type { Release } from '#program/releases/release.ts'

const ACTOR = system('openings.remind')
/** People are reminded two days ahead, so that at least one is left when something was late. */
export const REMINDED_MS = 48 * 60 * 60 * 1000

/**
 * Reminds of what the calendar brings within two days, once each: the contacts of the members of a tier of its window and of the
 * release, the publishers of all of it. It looks at the programme's rules and at nothing else, so it says the same in a world
 * without any package. Of what two publishers decided outside the calendar it reminds the publishers alone, without a date.
 * Harmless when repeated.
 */
export async function remindOfWindows(app: App): Promise<void> {
  if (app.clock.disagreement() !== undefined) return
  for (const operator of await app.db.read(ACTOR, listOperators)) await app.db.transaction(ACTOR, (tx) => remind(app, tx, operator))
}

async function remind(app: App, tx: Tx, operator: OperatorId): Promise<void> {
  await holdReminders(tx, operator)
  const now = app.clock.now()
  const cycles = await cyclesOf(tx, operator, now, { before: 1, after: 2 })
  const near = [
    ...cycles.flatMap(({ release }) => instantsOf(release).map((one): Reminder => ({ ...one, kind: 'rule' }))),
    ...(await listConfirmedAhead(tx, operator, now)).flatMap((release) => instantsOf(release).map((one): Reminder => ({ ...one, kind: 'out-of-band' }))),
  ].filter(({ opensAt }) => opensAt > now && opensAt.getTime() - now.getTime() <= REMINDED_MS)
  if (near.length === 0) return
  const reminded = await listReminded(tx, operator, now)
  const fresh = [...new Map(near.map((one) => [reminderKey(one), one])).values()].filter((one) => !reminded.has(reminderKey(one)))
  if (fresh.length === 0) return
  const name = await nameOfOperator(tx, operator)
  const publishers = await listPublishers(tx, operator)
  for (const reminder of fresh.filter(({ kind }) => kind === 'rule')) await tellOfRule(app, tx, { operator, name, publishers, now }, reminder)
  const decided = fresh.filter(({ kind }) => kind === 'out-of-band')
  if (decided.length > 0) await notify(app, tx, publishers, 'release.publisher-reminder', { operator, name })
  for (const reminder of decided) await record(app, tx, operator, reminder, publishers.length, now)
}

interface Told {
  readonly operator: OperatorId
  readonly name: string
  readonly publishers: readonly PersonId[]
  readonly now: Date
}

async function tellOfRule(app: App, tx: Tx, { operator, name, publishers, now }: Told, reminder: Reminder): Promise<void> {
  const { tier, opensAt } = reminder
  const contacts = await listMemberContacts(tx, operator, tier === 'release' ? WINDOW_TIERS : [tier], now)
  const data = { operator, name, at: opensAt.toISOString() }
  await notify(app, tx, contacts, tier === 'release' ? 'release.reminder' : 'window.reminder', data)
  await notify(app, tx, publishers, 'calendar.reminder', data)
  await record(app, tx, operator, reminder, contacts.length + publishers.length, now)
}

async function record(app: App, tx: Tx, operator: OperatorId, reminder: Reminder, told: number, at: Date): Promise<void> {
  const id = app.ids.next<'window-reminder'>()
  await insertReminder(tx, { id, operator, reminder, told, at })
  app.audit.record(tx, { action: 'window.reminded', subject: id, operator, binds: [reminderRow({ id })] })
}

function instantsOf({ instant, windows }: Pick<Release, 'instant' | 'windows'>): { tier: OpeningTier; opensAt: Date }[] {
  return [...WINDOW_TIERS.map((tier) => ({ tier, opensAt: windows[tier] })), { tier: 'release', opensAt: instant }]
}
