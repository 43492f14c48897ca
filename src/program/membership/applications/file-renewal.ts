import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { ContactActor } from '#platform/auth/actor.ts'
import { findPerson } from '#platform/auth/people-store.ts'
import { Problem } from '#platform/errors.ts'
import type { OperatorId } from '#platform/ids.ts'
import { issueResumeLink } from '#program/membership/applications/applicant.ts'
import type { ApplicationId } from '#program/membership/applications/application.ts'
import type { RenewalLink, Renewals } from '#program/membership/applications/contract.ts'
import { openAnswers } from '#program/membership/applications/load-application.ts'
import { addressDigest, seal } from '#program/membership/applications/sealed.ts'
import { findApplication, findLastAdmitted, findOpenRenewal, insertDraft, lockFiling } from '#program/membership/applications/store.ts'
import { dueOf, filingOpens } from '#program/membership/criteria/renewal.ts'
import { listMemberships, type OwnMembership } from '#program/membership/store.ts'
import { programmeZone } from '#program/releases/rules/rules-store.ts'
import { formatDate, formatInstant } from '#program/releases/zoned-time.ts'

/** What a member has to renew, with each of its operators. */
export async function listRenewals(app: App, actor: ContactActor): Promise<z.input<typeof Renewals>> {
  return app.db.read(actor, async (tx) => {
    const items: z.input<typeof Renewals>['items'] = []
    for (const membership of await listMemberships(tx, actor.organisation)) {
      if (!runs(membership)) continue
      const { operator_id: id, operator_name: name, until } = membership
      const open = await findOpenRenewal(tx, actor.organisation, id)
      const zone = await programmeZone(tx, id)
      items.push({
        operator: { id, name },
        dueOn: until && formatDate(dueOf(until, zone)),
        lapsesAt: until,
        opensAt: until && filingOpens(until, zone),
        open: open ? { state: open.state, savedAt: open.saved_at } : null,
      })
    }
    return { items }
  })
}

/**
 * Opens the renewal of the actor's organisation with one operator: the one that is there, or a new one that begins with its last
 * answers. Throws NOT_FOUND for an operator whose member it is not, and CONFLICT before it may be filed.
 */
export async function fileRenewal(app: App, actor: ContactActor, operator: OperatorId): Promise<z.input<typeof RenewalLink>> {
  return app.db.transaction(actor, async (tx) => {
    const membership = (await listMemberships(tx, actor.organisation)).find((one) => one.operator_id === operator && runs(one))
    if (!membership) throw new Problem('NOT_FOUND')
    await lockFiling(tx, actor.organisation, operator)
    const at = app.clock.now()
    const open = await findOpenRenewal(tx, actor.organisation, operator)
    const row = open ?? (await begin())
    const { token, expiresAt } = await issueResumeLink(app, tx, row)
    return { token, expiresAt }

    async function begin() {
      const { until } = membership!
      if (until === null) throw new Problem('CONFLICT', 'This membership has no end; there is nothing to renew.')
      const opens = filingOpens(until, await programmeZone(tx, operator))
      if (at < opens) throw new Problem('CONFLICT', `This renewal can be filed from ${formatInstant(opens)} on.`)
      const id = app.ids.next<'application'>() as ApplicationId
      const last = await findLastAdmitted(tx, actor.organisation, operator)
      const answers = last ? await tx.asSystem(async (db) => openAnswers(app, { ...tx, db }, last)) : {}
      const email = (await findPerson(tx, actor.person))?.email ?? ''
      await insertDraft(tx, {
        id,
        operator,
        organisation: actor.organisation,
        kind: actor.organisationKind,
        email: seal(app.keys, 'email', [id], email),
        digest: addressDigest(app.keys, `renewal ${id}`),
        draft: seal(app.keys, 'draft', [id], JSON.stringify({ ...answers, hasReadTheTerms: false })),
        at,
      })
      return (await findApplication(tx, id))!
    }
  })
}

const runs = ({ state }: OwnMembership): boolean => state === 'active' || state === 'paused'
