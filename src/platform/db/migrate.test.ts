import { randomBytes, randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { superuserOf } from '#platform/db/embedded.ts'
import { migrate } from '#platform/db/migrate.ts'
import { prepareDatabase } from '#platform/db/server.ts'

/** The last migration before what members were entitled to was kept at every instant. */
const BEFORE_STANDING = '2026112506-submissions'
const AT = '2026-11-20T10:00:00.000Z'

describe('a database of an earlier version', () => {
  const name = `test_${randomBytes(6).toString('hex')}`
  let superuser: pg.Pool

  beforeAll(async () => {
    const socketDir = inject('socketDir')
    const { owner } = await prepareDatabase(socketDir, name)
    await migrate(owner, BEFORE_STANDING)
    superuser = new pg.Pool({ ...superuserOf(socketDir, name), max: 1 })
    superuser.on('error', () => undefined)
    await fill(superuser)
    await migrate(owner)
  })
  afterAll(async () => {
    await superuser.end()
    const client = new pg.Client(superuserOf(inject('socketDir')))
    await client.connect()
    await client.query(`drop database ${name} with (force)`)
    await client.end()
  })

  const rows = async (statement: string) => (await superuser.query<Record<string, unknown>>(statement)).rows

  it('keeps what its members held, since when they held it', async () => {
    expect(await rows('select since, tier, state, jurisdiction from membership_history')).toEqual([
      { since: new Date(AT), tier: 'advance', state: 'active', jurisdiction: 'unrestricted@1' },
    ])
    expect(await rows('select since, products from clearance_history')).toEqual([{ since: new Date(AT), products: ['*'] }])
  })

  it('keeps agreements in force, countersigned as they counted', async () => {
    expect(await rows('select accept_by from agreement')).toEqual([{ accept_by: new Date(AT) }])
    expect(await rows('select countersigned_at from agreement_acceptance')).toEqual([{ countersigned_at: new Date(AT) }])
  })

  it('knows who was there, and knows the policies of jurisdictions', async () => {
    expect(await rows('select reached_at from person')).toEqual([{ reached_at: new Date(AT) }])
    expect(await rows('select name from jurisdiction_policy order by name')).toEqual([{ name: 'duty-to-report' }, { name: 'unrestricted' }])
  })

  it('keeps what its packages were, since when they last changed', async () => {
    expect(await rows('select version, state, at from package_version_history')).toEqual([{ version: 1, state: 'draft', at: new Date(AT) }])
  })
})

/** What an instance of then held: an operator, a member and its contact, who had signed and was cleared. */
async function fill(pool: pg.Pool): Promise<void> {
  const [operator, organisation, person] = [randomUUID(), randomUUID(), randomUUID()]
  const insert = async (table: string, row: Record<string, unknown>) => {
    const columns = Object.keys(row)
    await pool.query(`insert into ${table} (${columns.join(', ')}) values (${columns.map((_, n) => `$${n + 1}`).join(', ')})`, Object.values(row))
  }
  await insert('operator', { id: operator, name: 'Operator', created_at: AT })
  await insert('organisation', { id: organisation, name: 'Vendor', kind: 'vendor', created_at: AT })
  const member = { organisation_id: organisation, operator_id: operator }
  await insert('membership', { ...member, tier: 'advance', state: 'active', created_at: AT, jurisdiction: 'unrestricted@1' })
  await insert('person', { id: person, organisation_id: organisation, name: 'Analyst', email: 'analyst@vendor.example', created_at: AT })
  const session = { user_agent: 'test', address: '192.0.2.1', created_at: AT, last_seen_at: AT, expires_at: '2026-11-21T10:00:00.000Z' }
  await insert('session', { id: randomUUID(), person_id: person, token_hash: randomBytes(32), method: 'passkey', ...session })
  const sha256 = randomBytes(32)
  await insert('agreement', { operator_id: operator, version: 1, sha256, text: 'Terms', created_at: AT })
  await insert('agreement_acceptance', { ...member, sha256, accepted_by: person, accepted_at: AT })
  const clearance = { products: ['*'], proof_of_concept: false, jurisdiction: 'unrestricted@1', granted_at: AT }
  await insert('clearance', { person_id: person, operator_id: operator, ...clearance })
  const [id, object] = [randomUUID(), randomUUID()]
  await insert('package', { id, operator_id: operator, created_by: person, created_at: AT })
  await insert('sealed_object', {
    id: object,
    digest: sha256,
    size: 1,
    stored_digest: sha256,
    stored_size: 1,
    wrapped_key: sha256,
    master_key_id: 'k',
    created_at: AT,
  })
  const content = { content_object: object, content_hash: sha256, product_tags: [], summary: sha256, contributors: [person] }
  await insert('package_version', { package_id: id, version: 1, operator_id: operator, state: 'draft', ...content, created_at: AT, updated_at: AT })
}
