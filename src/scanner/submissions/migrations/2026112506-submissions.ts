import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/** What was handed in to be scanned. The bytes, the report and the file's name are sealed; a deleted row keeps nothing that came from the file. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  `create table submission (
     id uuid primary key,
     operator_id uuid not null references operator,
     organisation_id uuid references organisation,
     submitted_by uuid not null references person,
     submitted_at timestamptz not null,
     tlp text not null check (tlp in ('CLEAR', 'GREEN', 'AMBER', 'AMBER+STRICT', 'RED')),
     share boolean not null,
     sample uuid references sealed_object,
     sealed_name bytea,
     sha256 text check (sha256 ~ '^[0-9a-f]{64}$'),
     size bigint check (size > 0),
     job uuid,
     attempts smallint not null default 0,
     started_at timestamptz,
     outcome text check (outcome in ('complete', 'incomplete', 'refused', 'not-scanned')),
     type text,
     exploit text check (exploit in ('confirmed', 'attempted', 'technique-only', 'none-seen')),
     cves text[] not null default '{}',
     report uuid references sealed_object,
     event uuid,
     failure text check (failure in ('SCAN_FAILED', 'DEADLINE')),
     finished_at timestamptz,
     deleted_by uuid references person,
     deleted_at timestamptz,
     check ((outcome is null) = (report is null)),
     check (failure is null or outcome is null),
     check ((deleted_by is null) = (deleted_at is null)),
     check (deleted_at is not null or (sample is not null and sha256 is not null and size is not null)),
     check (deleted_at is null or (sample is null and sealed_name is null and sha256 is null and size is null and outcome is null
       and type is null and exploit is null and cves = '{}' and report is null and event is null)))`,
  // The same bytes under the same conditions are one submission of whoever hands them in; one without a verdict stands in nobody's way.
  `create unique index submission_same on submission (operator_id, organisation_id, sha256, tlp, share) nulls not distinct
     where sha256 is not null and failure is null and outcome is distinct from 'not-scanned'`,
  `create index submission_operator on submission (operator_id, id desc)`,
  `create index submission_organisation on submission (organisation_id, id desc)`,
  `create index submission_open on submission (submitted_at) where outcome is null and failure is null and deleted_at is null`,
  ...secure(
    'submission',
    `select, insert, update (sample, sealed_name, sha256, size, job, attempts, started_at, outcome, type, exploit, cves, report, event, failure, finished_at,
      deleted_by, deleted_at)`,
    {
      all: `is_system() or (operator_id = current_operator() and organisation_id is null)
        or (organisation_id = current_organisation() and exists (select from membership m
          where m.organisation_id = submission.organisation_id and m.operator_id = submission.operator_id))`,
      select: 'operator_id = current_operator()',
    },
  ),
]
