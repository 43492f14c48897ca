import { sql, type Kysely } from 'kysely'

/** A detonation that may no longer reach what its submitter asked for ends as that. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table detonation drop constraint detonation_failure_check,
    add constraint detonation_failure_check check (failure in ('NO_ENVIRONMENT', 'NOT_PERMITTED', 'DETONATION_FAILED', 'DEADLINE', 'CANCELLED'))`.execute(db)
}
