import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pause } from '#platform/clock/clock.ts'
import { freePort, startInstance, type Instance } from '#test/harness/instance.ts'
import { signInByLink } from '#test/harness/sign-in.ts'

const BIN = '/usr/lib/postgresql/15/bin'
const INSTALLED = existsSync(join(BIN, 'postgres'))

/** The same program over a server of the operator's own, Debian's PostgreSQL 15, reached by password over TCP. */
describe.skipIf(!INSTALLED)(`over PostgreSQL 15 through DATABASE_URL${INSTALLED ? '' : ' (skipped: apt-get install postgresql-15)'}`, () => {
  let dir: string
  let server: ChildProcess
  let url: string
  let instance: Instance

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'vedette-pg15-'))
    const port = await freePort()
    const asNobody = process.getuid?.() === 0 ? ['unshare', '--user', '--map-user=65534', '--map-group=65534'] : ['env']
    writeFileSync(join(dir, 'password'), 'a password\n', { mode: 0o600 })
    const cluster = join(dir, 'cluster')
    const made = spawnSync(
      asNobody[0]!,
      [
        ...asNobody.slice(1),
        join(BIN, 'initdb'),
        '-D',
        cluster,
        '-U',
        'admin',
        '--auth=scram-sha-256',
        `--pwfile=${join(dir, 'password')}`,
        '-E',
        'UTF8',
        '--locale=C',
      ],
      {
        encoding: 'utf8',
      },
    )
    expect(made.stderr).not.toMatch(/error|FATAL/)
    server = spawn(
      asNobody[0]!,
      [...asNobody.slice(1), join(BIN, 'postgres'), '-D', cluster, '-k', dir, '-p', String(port), '-c', 'listen_addresses=127.0.0.1'],
      { stdio: 'ignore' },
    )
    url = `postgres://admin:a%20password@127.0.0.1:${port}/vedette`
    await createDatabase(url)
    instance = await startInstance('start', { DATABASE_URL: url })
    await instance.ready()
  }, 120_000)
  afterAll(async () => {
    await instance?.end()
    instance?.remove()
    server?.kill('SIGINT')
    await pause(500)
    rmSync(dir, { recursive: true, force: true })
  })

  it('runs as a role that owns nothing, bypasses nothing and cannot become another', async () => {
    const { rows } = await query<{ usename: string }>(url, `select distinct usename from pg_stat_activity where datname = 'vedette' and usename <> 'admin'`)
    expect(rows.map(({ usename }) => usename)).toEqual(['vedette_app_vedette'])
    const role = await query(
      url,
      `select rolsuper, rolbypassrls, rolcreaterole, exists (select from pg_class where relowner = r.oid) as owns from pg_roles r where rolname = 'vedette_app_vedette'`,
    )
    expect(role.rows).toEqual([{ rolsuper: false, rolbypassrls: false, rolcreaterole: false, owns: false }])
  })

  it('forces row-level security on every table, and gives no right on a part of one', async () => {
    const { rows } = await query<{ relname: string }>(
      url,
      `select relname from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace and relname not like 'kysely_%'
         and case when relispartition then has_table_privilege('vedette_app', oid, 'select, insert, update, delete') else not (relrowsecurity and relforcerowsecurity) end`,
    )
    expect(rows).toEqual([])
  })

  it('lets the first operator in once and verifies its log', async () => {
    const printed = () => /http\S+\/welcome#\S+/.exec(instance.output())?.[0]
    await expect.poll(printed, { timeout: 10_000 }).toBeDefined()
    const link = printed()!
    const answer = await fetch(`${instance.url}/api/auth/link`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
      body: JSON.stringify({ token: new URL(link).hash.slice(1), firstOperator: { operatorName: 'Vendor response centre', personName: 'First operator' } }),
    })
    expect(answer.status).toBe(200)
    await expect(signInByLink(instance.url, link)).rejects.toThrow(/not accepted/)
    const run = spawnSync('bin/vedette', ['log', 'verify', '--json'], { env: instance.env, encoding: 'utf8' })
    expect({ status: run.status, report: JSON.parse(run.stdout) as unknown }).toMatchObject({ status: 0, report: { ok: true } })
  })
})

async function createDatabase(url: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await query(url.replace(/\/vedette$/, '/postgres'), 'create database vedette')
      return
    } catch (error) {
      if (tries === 50) throw error
      await pause(200)
    }
  }
}

async function query<T extends pg.QueryResultRow>(connectionString: string, text: string): Promise<pg.QueryResult<T>> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    return await client.query<T>(text)
  } finally {
    await client.end()
  }
}
