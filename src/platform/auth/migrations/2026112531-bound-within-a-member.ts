import { sql, type Kysely } from 'kysely'

/**
 * A subject is one person within a member, not within the instance: otherwise the people of one member could take the subjects of
 * another. What the directory made itself is marked, because it names the subject of nobody else. And when somebody was first known
 * to be there is kept with the person: an address alone says of nobody that they can be reached.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
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
  // Instant of the first session that opens more than enrolling, or of the first mail that a server took.
  `alter table person add column reached_at timestamptz`,
  `update person p set reached_at = least((select min(s.created_at) from session s where s.person_id = p.id and s.method <> 'link'),
     (select min(m.sent_at) from outgoing_mail m where m.person_id = p.id and m.state = 'sent'))`,
]
