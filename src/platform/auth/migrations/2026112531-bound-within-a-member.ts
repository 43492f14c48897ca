import { sql, type Kysely } from 'kysely'

/**
 * A subject is one person within a member, not within the instance: otherwise the people of one member could take the subjects of
 * another. And what the directory made itself is marked, because it names the subject of nobody else.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  `select set_config('vedette.system', 'on', true)`,
  `alter table external_identity add column organisation_id uuid references organisation`,
  `update external_identity e set organisation_id = p.organisation_id from person p where p.id = e.person_id`,
  `alter table external_identity alter column organisation_id set not null`,
  `drop index external_identity_subject`,
  `create unique index external_identity_subject on external_identity (organisation_id, issuer, subject) where ended_at is null`,
  `alter table scim_user add column provisioned boolean not null default false`,
  `update scim_user s set provisioned = true from person p where p.id = s.person_id and p.created_at = s.created_at`,
  // Whether two user names are one is decided in one place, under the lock of the directory; the database's own idea of small letters differs.
  `drop index scim_user_name`,
  `create unique index scim_user_name on scim_user (organisation_id, user_name) where removed_at is null`,
  `select set_config('vedette.system', '', true)`,
]
