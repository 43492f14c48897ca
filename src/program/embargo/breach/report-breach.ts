import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import { staffWith } from '#platform/auth/people-store.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { OperatorId, OrganisationId } from '#platform/ids.ts'
import { notify } from '#platform/notices/notify.ts'
import type { BreachReceived, ReportBreach } from '#program/embargo/breach/contract.ts'
import { breachRow, insertBreach, listMembers, type BreachId } from '#program/embargo/breach/store.ts'
import { seal } from '#program/embargo/sealed.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import { openForContact, openForStaff } from '#program/packages/open-version.ts'

type Report = z.output<typeof ReportBreach>

/**
 * Somebody reports that something under embargo leaked: what, to whom, since when, how they learnt, and what keeps it from happening
 * again. Every tracer is told. Throws NOT_FOUND for a package that is not open to the actor, and VALIDATION_FAILED for an instant to
 * come, for a contact that names no package, and for one that names a member: that is the operator's.
 */
export function reportBreach(app: App, actor: PersonActor, report: Report): Promise<z.input<typeof BreachReceived>> {
  return app.db.transaction(actor, async (tx) => {
    const at = app.clock.now()
    if (report.since > at) throw refused('/body/since', 'an instant that is over')
    const operator = await operatorOf(app, tx, actor, report.package, at)
    const id = app.ids.next<'breach-report'>() as BreachId
    const { what, toWhom, learnt, prevention } = report
    await insertBreach(tx, {
      id,
      operator_id: operator,
      package_id: report.package ?? null,
      organisation_id: actor.kind === 'contact' ? actor.organisation : null,
      reported_by: actor.person,
      reported_at: at,
      since: report.since,
      said: seal(app, 'breach_report.said', id, JSON.stringify({ what, toWhom, learnt, prevention })),
      accused_id: await accusedOf(tx, actor, report, operator),
    })
    app.audit.record(tx, { action: 'breach.reported', subject: id, operator, binds: [breachRow({ id })] })
    await notify(app, tx, await staffWith(tx, operator, 'tracer'), 'breach.reported')
    return { id, reportedAt: at }
  })
}

async function operatorOf(app: App, tx: Tx, actor: PersonActor, id: PackageId | undefined, now: Date): Promise<OperatorId> {
  if (id === undefined) {
    if (actor.kind === 'contact') throw refused('/body/package', 'the package that it is about')
    return actor.operator
  }
  const known = actor.kind === 'contact' ? await openForContact(app, tx, actor, id, now) : await openForStaff(app, tx, actor, id)
  if (!known) throw new Problem('NOT_FOUND')
  return known.row.operator_id
}

async function accusedOf(tx: Tx, actor: PersonActor, { about, accused }: Report, operator: OperatorId): Promise<OrganisationId | null> {
  if (actor.kind === 'contact') {
    if (accused !== undefined) throw refused('/body/accused', 'nothing: describe what you know, and your operator looks into it')
    return about === 'own' ? actor.organisation : null
  }
  if (accused === undefined) return null
  if (!(await listMembers(tx, operator)).some(({ id }) => id === accused)) throw refused('/body/accused', 'a member of yours')
  return accused
}

function refused(field: string, message: string): Problem {
  return new Problem('VALIDATION_FAILED', undefined, { fields: [{ field, message }] })
}
