import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Kysely, PostgresDialect } from 'kysely'
import { Migrator, type Migration } from 'kysely/migration'
import pg from 'pg'
import { PgBoss } from 'pg-boss'
import { StartupError } from '#platform/errors.ts'
import { APP_ROLE } from '#platform/db/secure.ts'

const SOURCE_ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** Schema of the job engine; its tables are its own. */
export const JOBS_SCHEMA = 'jobs'

/**
 * Brings the database up to date as the role that owns the tables: every `migrations/` folder under
 * `src/`, in the order of the file names, then the job engine's own. Forward only. Concurrent callers
 * wait for each other. Throws StartupError when the database is newer than this program. `to` names the last one to run.
 */
export async function migrate(owner: pg.PoolConfig, to?: string): Promise<void> {
  const pool = new pg.Pool({ ...owner, max: 2 })
  pool.on('error', () => undefined)
  // Row-level security is forced on the owner as well: what a migration fills in must reach every row.
  pool.on('connect', (client) => void client.query(`set vedette.system = 'on'`).catch(() => undefined))
  try {
    await migrateTables(pool, to)
    await migrateJobs(pool)
  } finally {
    await pool.end()
  }
}

async function migrateTables(pool: pg.Pool, to: string | undefined): Promise<void> {
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
  const migrator = new Migrator({ db, provider: { getMigrations: loadMigrations } })
  const { error } = await (to === undefined ? migrator.migrateToLatest() : migrator.migrateTo(to))
  if (error instanceof Error && /corrupted migrations/.test(error.message)) {
    throw new StartupError('The database was made by a newer version of Vedette; start that version, or restore a backup.', { cause: error })
  }
  if (error) throw error
}

async function loadMigrations(): Promise<Record<string, Migration>> {
  const files = readdirSync(SOURCE_ROOT, { recursive: true, encoding: 'utf8' }).filter((file) => /(^|\/)migrations\/\d{10}-[a-z0-9-]+\.ts$/.test(file))
  const migrations: Record<string, Migration> = {}
  for (const file of files) {
    const name = file.slice(file.lastIndexOf('/') + 1, -'.ts'.length)
    if (migrations[name]) throw new Error(`two migrations are called ${name}`)
    migrations[name] = (await import(pathToFileURL(join(SOURCE_ROOT, file)).href)) as Migration
  }
  return migrations
}

async function migrateJobs(pool: pg.Pool): Promise<void> {
  const boss = new PgBoss({ schema: JOBS_SCHEMA, db: { executeSql: (text, values) => pool.query(text, values) }, schedule: false, supervise: false })
  boss.on('error', () => undefined)
  await boss.start()
  await boss.stop({ graceful: false })
  await pool.query(`grant usage on schema ${JOBS_SCHEMA} to ${APP_ROLE};
    grant select, insert, update, delete on all tables in schema ${JOBS_SCHEMA} to ${APP_ROLE};
    grant usage on all sequences in schema ${JOBS_SCHEMA} to ${APP_ROLE};
    grant execute on all functions in schema ${JOBS_SCHEMA} to ${APP_ROLE}`)
}
