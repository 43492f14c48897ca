import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId, OrganisationId } from '#platform/ids.ts'
import type { Tier } from '#program/membership/contract.ts'

export const organisationRow = binder('organisation', ['id', 'name', 'kind', 'created_at'])
export const membershipRow = binder('membership', ['organisation_id', 'operator_id', 'tier', 'state', 'created_at', 'until', 'jurisdiction'])

export interface NewMember {
  readonly organisation: OrganisationId
  readonly operator: OperatorId
  readonly name: string
  readonly kind: 'vendor' | 'responder'
  readonly tier: Tier
  /** Name and version of the policy of the legal entity's jurisdiction (standing/policy-store.ts); without one it reads nothing of a package. */
  readonly jurisdiction?: string
  /** When the membership lapses; without it there is no end. */
  readonly until?: Date
  readonly at: Date
}

/** The operator's own members by name, from after `after` on. */
export function listMembers(tx: Tx, operator: OperatorId, limit: number, after: { name: string; id: string } | undefined) {
  return tx.db
    .selectFrom('membership')
    .innerJoin('organisation', 'organisation.id', 'membership.organisation_id')
    .select(['organisation.id', 'organisation.name', 'organisation.kind', 'membership.tier', 'membership.state'])
    .select(['membership.created_at as since', 'membership.until', 'membership.jurisdiction'])
    .select((from) =>
      from
        .selectFrom('membership_change')
        .select(({ fn }) => fn.countAll<number>().as('waiting'))
        .whereRef('membership_change.organisation_id', '=', 'membership.organisation_id')
        .whereRef('membership_change.operator_id', '=', 'membership.operator_id')
        .where('membership_change.done_at', 'is', null)
        .where('membership_change.closed_at', 'is', null)
        .as('waiting'),
    )
    .where('membership.operator_id', '=', operator)
    .$if(after !== undefined, (query) =>
      query.where((is) =>
        is.or([is('organisation.name', '>', after!.name), is.and([is('organisation.name', '=', after!.name), is('organisation.id', '>', after!.id)])]),
      ),
    )
    .orderBy('organisation.name')
    .orderBy('organisation.id')
    .limit(limit)
    .execute()
}

export async function insertMember(tx: Tx, member: NewMember): Promise<void> {
  await tx.db.insertInto('organisation').values({ id: member.organisation, name: member.name, kind: member.kind, created_at: member.at }).execute()
  await tx.db
    .insertInto('membership')
    .values({
      organisation_id: member.organisation,
      operator_id: member.operator,
      tier: member.tier,
      state: 'active',
      created_at: member.at,
      jurisdiction: member.jurisdiction ?? null,
      until: member.until ?? null,
    })
    .execute()
}

export interface OwnMembership {
  readonly operator_id: OperatorId
  readonly operator_name: string
  readonly state: string
  readonly since: Date
  readonly until: Date | null
}

/** The memberships of an organisation, by the operator's name. */
export async function listMemberships(tx: Tx, organisation: OrganisationId): Promise<OwnMembership[]> {
  const rows = await tx.asSystem((db) =>
    db
      .selectFrom('membership')
      .innerJoin('operator', 'operator.id', 'membership.operator_id')
      .select(['membership.operator_id', 'operator.name as operator_name', 'membership.state', 'membership.created_at as since', 'membership.until'])
      .where('membership.organisation_id', '=', organisation)
      .orderBy('operator.name')
      .orderBy('operator.id')
      .execute(),
  )
  return rows.map((row) => ({ ...row, operator_id: row.operator_id as OperatorId }))
}
