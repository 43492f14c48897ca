import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import { staffWith } from '#platform/auth/people-store.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { notify } from '#platform/notices/notify.ts'
import type { EmbargoEndView, ProposeEnd } from '#program/embargo/contract.ts'
import { endRow, insertEnd, listNaming, type EndId, type NamingVersion } from '#program/embargo/end-store.ts'
import { closeReport, reportRow } from '#program/embargo/report-store.ts'
import { seal } from '#program/embargo/sealed.ts'
import { showEnd } from '#program/embargo/show-end.ts'
import { cveTagger } from '#program/packages/cve-tag.ts'

type Wish = z.output<typeof ProposeEnd>

/**
 * Writes down that the embargo of a vulnerability, and of those that can be derived from it, shall be over; nothing changes until a
 * second publisher confirms. Throws VALIDATION_FAILED for a vulnerability that no package names, and for a sibling of no such package,
 * and CONFLICT where an end was proposed or is in force already.
 */
export function proposeEnd(app: App, actor: OperatorActor, wish: Wish): Promise<z.input<typeof EmbargoEndView>> {
  return app.db.transaction(actor, async (tx) => {
    const id = await writeProposal(app, tx, actor, wish)
    return showEnd(app, tx, actor, id)
  })
}

/** The same within the transaction of what gave the reason for it. */
export async function writeProposal(app: App, tx: Tx, actor: OperatorActor, wish: Wish): Promise<EndId> {
  const at = app.clock.now()
  const tagOf = cveTagger(app)
  await requireSiblings(tx, actor, wish, tagOf)
  // Before any row names it: a report of nobody's is refused, not found by the database.
  const closed = wish.report === undefined || (await closeReport(tx, actor.operator, wish.report, actor.person, at))
  if (!closed) throw new Problem('CONFLICT', 'This report was dealt with already.')
  const id = app.ids.next<'embargo-end'>() as EndId
  const rows = [
    { cve: wish.cve, id, derivedFrom: null },
    ...wish.derivable.map((cve) => ({ cve, id: app.ids.next<'embargo-end'>() as EndId, derivedFrom: id })),
  ]
  for (const row of rows) {
    await insertEnd(tx, {
      id: row.id,
      operator_id: actor.operator,
      cve_tag: tagOf(row.cve),
      cve: seal(app, 'embargo_end.cve', row.id, row.cve),
      cause: wish.cause,
      basis: wish.basis ?? null,
      derived_from: row.derivedFrom,
      evidence: seal(app, 'embargo_end.evidence', row.id, wish.evidence),
      source: wish.source === undefined ? null : seal(app, 'embargo_end.source', row.id, wish.source),
      report_id: wish.report ?? null,
      proposed_by: actor.person,
      proposed_at: at,
    })
  }
  const binds = [...rows.map((row) => endRow({ id: row.id })), ...(wish.report === undefined ? [] : [reportRow({ id: wish.report })])]
  app.audit.record(tx, { action: 'embargo.end-proposed', subject: id, binds, details: { cause: wish.cause, derived: wish.derivable.length } })
  const others = (await staffWith(tx, actor.operator, 'publisher')).filter((person) => person !== actor.person)
  await notify(app, tx, others, 'embargo.end-proposed')
  return id
}

/** A sibling is a vulnerability of a package that names the one itself. */
async function requireSiblings(tx: Tx, { operator }: OperatorActor, { cve, derivable }: Wish, tagOf: (cve: string) => Buffer): Promise<void> {
  const naming = await listNaming(tx, operator, [tagOf(cve)])
  if (naming.length === 0) throw refused('/body/cve', 'a vulnerability that one of your packages names')
  for (const [n, sibling] of derivable.entries())
    if (!naming.some((version) => names(version, tagOf(sibling))))
      throw refused(`/body/derivable/${n}`, 'a vulnerability of a package that names the one that ended')
}

function names({ cve_tags: tags }: NamingVersion, tag: Buffer): boolean {
  return tags?.some((one) => one.equals(tag)) ?? false
}

function refused(field: string, message: string): Problem {
  return new Problem('VALIDATION_FAILED', undefined, { fields: [{ field, message }] })
}
