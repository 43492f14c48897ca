import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import { PageQuery } from '#platform/http/page.ts'
import { route, type Route } from '#platform/http/route.ts'
import { adoptSet } from '#program/membership/criteria/adopt-set.ts'
import { AffectedPage, CriteriaSets, ProposedSet, ProposeSet, SetParams, type SetView } from '#program/membership/criteria/contract.ts'
import type { CriteriaSet } from '#program/membership/criteria/criterion.ts'
import { listAffected } from '#program/membership/criteria/list-affected.ts'
import { PRESETS } from '#program/membership/criteria/presets.ts'
import { proposeSet } from '#program/membership/criteria/propose-set.ts'
import { listSets, setInForce, toSet, toStored, type StoredSet } from '#program/membership/criteria/set-store.ts'
import { may } from '#program/policy.ts'
import { staff } from '#platform/auth/staff.ts'

const tag = 'criteria'
const MOST_SHOWN = 200

export function routes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/criteria',
      summary: 'Shows the sets of criteria in force, those that ship with Vedette, and those that were proposed.',
      tag,
      access: may.readCriteria,
      response: CriteriaSets,
      handle: async ({ actor }) => {
        const { operator } = staff(actor)
        return app.db.read(actor, async (tx) => ({
          inForce: { vendor: viewOf(await setInForce(tx, operator, 'vendor')), responder: viewOf(await setInForce(tx, operator, 'responder')) },
          presets: Object.values(PRESETS).map(viewOf),
          proposed: (await listSets(tx, operator, MOST_SHOWN)).map(proposedOf),
        }))
      },
    }),
    route({
      method: 'POST',
      url: '/api/criteria',
      summary: 'Proposes a set of criteria; another membership officer adopts it.',
      tag,
      access: may.proposeCriteria,
      body: ProposeSet,
      status: 201,
      response: ProposedSet,
      creates: true,
      handle: async ({ actor, body }) => proposedOf(await proposeSet(app, staff(actor), body)),
    }),
    route({
      method: 'POST',
      url: '/api/criteria/:id/adopt',
      summary: 'Puts a set in force that another membership officer proposed.',
      tag,
      access: may.adoptCriteria,
      params: SetParams,
      response: ProposedSet,
      handle: async ({ actor, params: { id } }) => proposedOf(await adoptSet(app, staff(actor), id)),
    }),
    route({
      method: 'GET',
      url: '/api/criteria/:id/affected',
      summary: 'Lists the members whose next renewal falls under a proposed set.',
      tag,
      access: may.readCriteria,
      params: SetParams,
      query: PageQuery,
      response: AffectedPage,
      handle: ({ actor, params: { id }, query }) => listAffected(app, staff(actor), id, query),
    }),
  ]
}

/** A set as it is shown. */
export function viewOf({ id, kind, criteria }: CriteriaSet): z.input<typeof SetView> {
  return {
    id,
    kind,
    criteria: toStored(criteria).map((one) => ({ ...one, evidence: [...one.evidence], requiredFor: [...one.requiredFor] })),
  }
}

function proposedOf(row: StoredSet): z.input<typeof ProposedSet> {
  const { id, name, version, kind, criteria } = row
  return {
    ...viewOf(toSet({ id: `${name}@${version}`, kind, criteria })),
    proposal: id,
    proposedBy: { id: row.proposed_by, name: row.proposer_name },
    proposedAt: row.proposed_at,
    adoptedBy: row.adopted_by === null ? null : { id: row.adopted_by, name: row.adopter_name! },
    adoptedAt: row.adopted_at,
  }
}
