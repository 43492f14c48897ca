import { sql, type Kysely } from 'kysely'

/** A membership that lapsed or is suspended shows nothing of the operator's sharing groups any more, as it shows nothing of its collections. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  `drop policy sharing_group_select on sharing_group`,
  `create policy sharing_group_select on sharing_group for select using (exists (select from sharing_group_member g join membership m using (organisation_id, operator_id)
     where g.group_id = sharing_group.id and g.organisation_id = current_organisation() and m.state in ('active', 'paused')
       and (m.until is null or current_instant() < m.until)))`,
]
