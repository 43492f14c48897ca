import { createHmac } from 'node:crypto'
import { join } from 'node:path'
import pg from 'pg'
import type { Config } from '#platform/config.ts'
import { deriveKey } from '#platform/crypto/derive.ts'
import { requireMaster, type Keys } from '#platform/crypto/keys.ts'
import { StartupError } from '#platform/errors.ts'
import { isRunning, startEmbedded, superuserOf, type EmbeddedPostgres } from '#platform/db/embedded.ts'
import { findSocketDir } from '#platform/db/socket-dir.ts'
import { APP_ROLE } from '#platform/db/secure.ts'

const DATABASE = 'vedette'
const OWNER = 'vedette_owner'
const OLDEST_VERSION = 150_000
const INSUFFICIENT_PRIVILEGE = '42501'

/** The two ways into one database: as the role that owns the tables, and as the one that owns nothing. */
export interface Connections {
  readonly owner: pg.PoolConfig
  readonly app: pg.PoolConfig
}

export interface DatabaseServer extends Connections {
  /** Set when this process started the embedded server and must end it. */
  readonly embedded: EmbeddedPostgres | undefined
}

/** Folder of the embedded cluster of an instance. */
export function clusterDirOf(config: Config): string {
  return join(config.dataDir, 'postgres', 'cluster')
}

/**
 * Makes the database ready to be connected to: starts the embedded server or checks the one of
 * DATABASE_URL, and makes the roles. Throws StartupError with one sentence when it cannot.
 */
export async function openServer(config: Config, keys: Keys): Promise<DatabaseServer> {
  if (config.databaseUrl === undefined) return openEmbedded(clusterDirOf(config))
  const owner: pg.PoolConfig = { connectionString: config.databaseUrl }
  await withClient(owner, 'DATABASE_URL', checkServer)
  const app = config.databaseAppUrl === undefined ? await makeLogin(owner, config.databaseUrl, keys) : { connectionString: config.databaseAppUrl }
  await withClient(app, config.databaseAppUrl === undefined ? 'DATABASE_URL' : 'DATABASE_APP_URL', checkOwnsNothing)
  return { owner, app, embedded: undefined }
}

/** Starts the embedded server of a cluster and makes its database and roles. */
export async function openEmbedded(clusterDir: string, settings: readonly string[] = []): Promise<DatabaseServer> {
  const embedded = await startEmbedded({ dir: clusterDir, settings })
  const database = await prepareDatabase(embedded.socketDir, DATABASE)
  return { ...database, embedded }
}

/** Joins the embedded server that another process of this instance started. */
export async function joinEmbedded(clusterDir: string): Promise<Connections | undefined> {
  return (await isRunning(clusterDir)) ? connectionsOf(findSocketDir(clusterDir)!, DATABASE) : undefined
}

/** Makes one database of an embedded cluster, owned by the owner role, with the application's login. */
export async function prepareDatabase(socketDir: string, database: string): Promise<Connections> {
  await withClient(superuserOf(socketDir), 'the embedded server', async (client) => {
    const roles = new Set((await client.query<{ rolname: string }>('select rolname from pg_roles')).rows.map((row) => row.rolname))
    if (!roles.has(APP_ROLE)) await client.query(`create role ${APP_ROLE} nologin`)
    if (!roles.has(OWNER)) await client.query(`create role ${OWNER} login`)
    if (!roles.has(loginOf(DATABASE))) await client.query(`create role ${loginOf(DATABASE)} login in role ${APP_ROLE}`)
    const { rowCount } = await client.query('select from pg_database where datname = $1', [database])
    if (rowCount === 0) await client.query(`create database ${pg.escapeIdentifier(database)} owner ${OWNER}`)
    await client.query(admission(database, loginOf(DATABASE)))
  })
  await withClient(superuserOf(socketDir, database), 'the embedded server', (client) => client.query(NO_LARGE_OBJECTS))
  return connectionsOf(socketDir, database)
}

function connectionsOf(socketDir: string, database: string): Connections {
  return { owner: { host: socketDir, user: OWNER, database }, app: { host: socketDir, user: loginOf(DATABASE), database } }
}

/** Only the login of this instance may connect, and it may make no temporary tables, which could stand before ours. */
function admission(database: string, login: string): string {
  const name = pg.escapeIdentifier(database)
  return `revoke connect, temporary on database ${name} from public; grant connect on database ${name} to ${pg.escapeIdentifier(login)}`
}

/** Large objects lie outside row-level security. */
const NO_LARGE_OBJECTS = `do $$ declare f regprocedure; begin
  for f in select oid::regprocedure from pg_proc where pronamespace = 'pg_catalog'::regnamespace and proname in ('lo_creat', 'lo_create', 'lo_from_bytea', 'lo_put', 'lowrite') loop
    execute format('revoke execute on function %s from public', f);
  end loop; end $$`

function loginOf(database: string): string {
  return `${APP_ROLE}_${database}`
}

/** Makes the application's login on a server of the operator's own; its password derives from the instance's key. */
async function makeLogin(owner: pg.PoolConfig, url: string, keys: Keys): Promise<pg.PoolConfig> {
  return withClient(owner, 'DATABASE_URL', async (client) => {
    const { rows } = await client.query<{ name: string }>('select current_database() as name')
    // Before the password changes for every host of the instance: a host with another key must not lock the others out.
    const masterId = await storedMasterId(client)
    if (masterId !== undefined) requireMaster(keys, masterId)
    const login = loginOf(rows[0]!.name).slice(0, 63)
    const password = createHmac('sha256', deriveKey(keys, 'database login')).update(`database login ${login}`).digest('base64url')
    // Processes that start at once would refuse one another's change; the lock ends with the connection.
    await client.query(`select pg_advisory_lock(hashtextextended('vedette login', 0))`)
    try {
      await client.query(`do $$ begin create role ${APP_ROLE} nologin; exception when duplicate_object or unique_violation then null; end $$`)
      await client.query(`do $$ begin create role ${pg.escapeIdentifier(login)}; exception when duplicate_object or unique_violation then null; end $$`)
      await client.query(`alter role ${pg.escapeIdentifier(login)} login nosuperuser nobypassrls password ${pg.escapeLiteral(password)}`)
      await client.query(`grant ${APP_ROLE} to ${pg.escapeIdentifier(login)}`)
      await client.query(admission(rows[0]!.name, login))
    } catch (cause) {
      if ((cause as { code?: string }).code !== INSUFFICIENT_PRIVILEGE) throw cause
      throw new StartupError('The role in DATABASE_URL may not create roles; create the application role by hand and set DATABASE_APP_URL.', { cause })
    }
    const connection = new URL(url)
    connection.username = login
    connection.password = password
    return { connectionString: connection.href }
  })
}

/** Fingerprint of the master key that the database belongs to, or undefined before its first start. */
async function storedMasterId(client: pg.Client): Promise<string | undefined> {
  const { rows } = await client.query<{ there: boolean }>(`select to_regclass('public.instance') is not null as there`)
  if (!rows[0]!.there) return undefined
  await client.query(`select set_config('vedette.system', 'on', false)`)
  const found = await client.query<{ master_key_id: string }>('select master_key_id from instance')
  return found.rows[0]?.master_key_id
}

async function checkServer(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: number; encoding: string }>(
    `select current_setting('server_version_num')::int as version, current_setting('server_encoding') as encoding`,
  )
  if (rows[0]!.version < OLDEST_VERSION) throw new StartupError('The server in DATABASE_URL is older than PostgreSQL 15; upgrade it.')
  if (rows[0]!.encoding !== 'UTF8') throw new StartupError('The database in DATABASE_URL is not encoded in UTF8; create it again with that encoding.')
}

async function checkOwnsNothing(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ unsafe: boolean }>(
    `select exists (select from pg_roles r where pg_has_role(current_user, r.oid, 'member')
       and (r.rolsuper or r.rolbypassrls or r.rolcreaterole or exists (select from pg_class where relowner = r.oid))) as unsafe`,
  )
  if (rows[0]!.unsafe) {
    throw new StartupError('The application role may bypass row-level security, make roles or own tables; set DATABASE_APP_URL to a role that does none of it.')
  }
}

async function withClient<T>(connection: pg.ClientConfig, name: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: 10_000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
  } catch (cause) {
    throw new StartupError(`The database in ${name} cannot be reached: ${(cause as Error).message || (cause as { code?: string }).code}.`, { cause })
  }
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
