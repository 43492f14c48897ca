import { sql } from 'kysely'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'
import type { MemberFacts } from '#program/membership/contacts/health.ts'

export interface Member extends MemberFacts {
  readonly organisation: { readonly id: OrganisationId; readonly name: string }
  readonly operator: { readonly id: OperatorId; readonly name: string }
}

type Row = Omit<Member, 'contacts' | 'agreementUntil'> & { readonly contacts: readonly Record<string, unknown>[]; readonly agreementUntil: Date | null }

/**
 * Members whose membership is active or paused, of one operator, of one organisation, or all, by name. Crosses rows of people: the
 * caller has made sure that its actor may know of them.
 */
export async function listMembersFacts(tx: Tx, of: { operator?: OperatorId; organisation?: OrganisationId }, now: Date): Promise<Member[]> {
  return tx.asSystem(async (db) => {
    const { rows } =
      await sql<Row>`select json_build_object('id', g.id, 'name', g.name) as organisation, json_build_object('id', o.id, 'name', o.name) as operator,
        m.until, case when a.countersigned_at is null then n.accept_by end as "agreementUntil",
        (select coalesce(json_agg(json_build_object('id', p.id, 'name', p.name, 'disabled', p.disabled_at is not null, 'bouncedAt', p.bounced_at,
            'functions', coalesce(f.functions, '{}'), 'cleared', coalesce(cardinality(c.products) > 0, false),
            'keyUntil', (select max(k.expires_at) from contact_key k where k.person_id = p.id and k.revoked_at is null and k.expires_at > ${now}),
            'lastSeenAt', greatest((select max(s.last_seen_at) from session s where s.person_id = p.id),
              (select max(coalesce(k.last_used_at, k.created_at)) from passkey k where k.person_id = p.id))) order by p.name, p.id), '[]')
          from person p left join contact_function f on f.person_id = p.id left join clearance c on c.person_id = p.id and c.operator_id = m.operator_id
          where p.organisation_id = m.organisation_id) as contacts
      from membership m join organisation g on g.id = m.organisation_id join operator o on o.id = m.operator_id
        left join lateral (select sha256, accept_by from agreement where operator_id = m.operator_id order by version desc limit 1) n on true
        left join agreement_acceptance a on a.organisation_id = m.organisation_id and a.operator_id = m.operator_id and a.sha256 = n.sha256
      where m.state in ('active', 'paused') and (${of.operator ?? null}::uuid is null or m.operator_id = ${of.operator ?? null})
        and (${of.organisation ?? null}::uuid is null or m.organisation_id = ${of.organisation ?? null})
      order by g.name, g.id, o.id`.execute(db)
    return rows.map((row) => ({ ...row, contacts: row.contacts.map(withInstants) }))
  })
}

/** JSON carries instants as text. */
function withInstants(contact: Record<string, unknown>): MemberFacts['contacts'][number] {
  const dates = ['bouncedAt', 'keyUntil', 'lastSeenAt'].map((name) => [name, typeof contact[name] === 'string' ? new Date(contact[name]) : null])
  return { ...contact, ...Object.fromEntries(dates) } as MemberFacts['contacts'][number]
}

/** Findings of a cycle that the member has not been told of yet; from now on it has. */
export async function noteFindings(
  tx: Tx,
  { organisation, operator }: Pick<Member, 'organisation' | 'operator'>,
  cycle: Date,
  findings: readonly string[],
  at: Date,
): Promise<string[]> {
  if (findings.length === 0) return []
  const rows = findings.map((finding) => ({ organisation_id: organisation.id, operator_id: operator.id, cycle, finding, told_at: at }))
  const fresh = await tx.db
    .insertInto('health_notice')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .returning('finding')
    .execute()
  return fresh.map(({ finding }) => finding)
}

export interface Admin {
  readonly id: PersonId
  readonly email: string | null
}

/** Admins of an organisation who are not disabled. */
export async function listAdmins(tx: Tx, organisation: OrganisationId): Promise<Admin[]> {
  const rows = await tx.db
    .selectFrom('person')
    .innerJoin('role_grant', 'role_grant.person_id', 'person.id')
    .select(['person.id', 'person.email'])
    .where('person.organisation_id', '=', organisation)
    .where('person.disabled_at', 'is', null)
    .where('role_grant.role', '=', 'contact:admin')
    .orderBy('person.id')
    .execute()
  return rows.map(({ id, email }) => ({ id: id as PersonId, email }))
}

/** Forgets of what members were told before past cycles. */
export async function forgetHealthNotices(tx: Tx, before: Date): Promise<void> {
  await tx.db.deleteFrom('health_notice').where('cycle', '<', before).execute()
}
