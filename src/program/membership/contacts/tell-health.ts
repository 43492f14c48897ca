import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId } from '#platform/ids.ts'
import { sendMail } from '#platform/mail/send-mail.ts'
import { notify } from '#platform/notices/notify.ts'
import { findingLine } from '#program/membership/contacts/contract.ts'
import { findingKey, healthOf, isNear, nextCycle, type Cycle, type Finding } from '#program/membership/contacts/health.ts'
import { forgetHealthNotices, listAdmins, listMembersFacts, noteFindings, type Member } from '#program/membership/contacts/health-store.ts'
import { listOperators } from '#program/releases/rules/people-store.ts'
import { ruleHistory } from '#program/releases/rules/rules-store.ts'
import { upcomingReleases } from '#program/releases/upcoming.ts'

const ACTOR = system('contacts.tell-health')
const KEPT_MS = 400 * 86_400_000

/** The cycle that begins next by the operator's rules; undefined where its holiday calendar ends. */
export async function comingCycle(tx: Tx, operator: OperatorId, now: Date): Promise<Cycle | undefined> {
  return nextCycle(upcomingReleases(now, await ruleHistory(tx, operator)), now)
}

/**
 * Tells the admins of each member, from two weeks before a cycle on, what would keep it from that cycle: in the inbox and by mail,
 * once for each matter and cycle. Harmless when repeated.
 */
export async function tellHealth(app: App, signal: AbortSignal): Promise<void> {
  const now = app.clock.now()
  await app.db.transaction(ACTOR, (tx) => forgetHealthNotices(tx, new Date(now.getTime() - KEPT_MS)))
  for (const operator of await app.db.read(ACTOR, listOperators)) {
    const cycle = await app.db.read(ACTOR, (tx) => comingCycle(tx, operator, now))
    if (!cycle || !isNear(cycle, now)) continue
    for (const member of await app.db.read(ACTOR, (tx) => listMembersFacts(tx, { operator }, now))) {
      signal.throwIfAborted()
      await app.db.transaction(ACTOR, (tx) => tellMember(app, tx, member, cycle))
    }
  }
}

async function tellMember(app: App, tx: Tx, member: Member, cycle: Cycle): Promise<void> {
  const at = app.clock.now()
  const findings = healthOf(member, cycle, at)
  const fresh = new Set(await noteFindings(tx, member, cycle.opens, findings.map(findingKey), at))
  const news = findings.filter((finding) => fresh.has(findingKey(finding)))
  if (news.length === 0) return
  const { organisation, operator } = member
  const admins = await listAdmins(tx, organisation.id)
  const ids = admins.map(({ id }) => id)
  await notify(app, tx, ids, 'member.health', { organisation: organisation.id, operator: operator.id, name: organisation.name })
  for (const { id, email } of admins) {
    if (email !== null) await sendMail(app, tx, { to: email, kind: 'member.health', operator: operator.id, person: id, ...letter(app, member, cycle, news) })
  }
  const details = { cycle: cycle.opens.toISOString(), findings: news.map(({ kind }) => kind) }
  app.audit.record(tx, { action: 'member.health-told', subject: organisation.id, operator: operator.id, details })
}

/** Dates of the programme's rule are public; nothing here says whether there is a package. */
function letter(app: App, { organisation, operator }: Member, { opens }: Cycle, findings: readonly Finding[]): { subject: string; text: string } {
  const day = opens.toISOString().slice(0, 10)
  const lines = findings.map((finding) => `- ${findingLine(finding)}${finding.at ? ` (${finding.at.toISOString().slice(0, 10)})` : ''}`)
  return {
    subject: `${organisation.name}: before the cycle of ${day}`,
    text: [
      `The next cycle of ${operator.name} begins on ${day}. Before it, ${organisation.name} should look into this:`,
      '',
      ...lines,
      '',
      `Sign in and see "Our organisation": ${app.config.url.origin}/organisation`,
      '',
    ].join('\n'),
  }
}
