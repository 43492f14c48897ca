import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '#platform/db/migrate.ts'
import { openEmbedded, prepareDatabase } from '#platform/db/server.ts'
import { lookForOpenings } from '#program/openings/look-for-openings.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { TEMPLATE } from '#test/harness/cluster.ts'
import { DECEMBER, packageDesk, type Package } from '#test/harness/packages.ts'
import { entitle, seedPeople, type SeededOperator } from '#test/harness/people.ts'
import { figure } from './figure.ts'

/**
 * A window opens for 2,000 members with three contacts each and 100 packages: from the look that finds it to the commit by which the
 * opening is on record and every contact's notice lies in the inbox; then a look that finds nothing (docs/promises.md, clock rule 6).
 */
const MEMBERS = 2000
const CONTACTS = 3
const PACKAGES = 100

const dir = mkdtempSync(join(tmpdir(), 'vedette-bench-'))
const { embedded } = await openEmbedded(join(dir, 'postgres', 'cluster'))
try {
  const { owner } = await prepareDatabase(embedded!.socketDir, TEMPLATE)
  await migrate(owner)
  const test = await testApp({ socketDir: embedded!.socketDir })
  try {
    await fill(test)
    test.clock.set(DECEMBER.validate)
    const validate = await timed(() => lookForOpenings(test.app))
    figure(`a window that opens for none of ${MEMBERS.toLocaleString('en')} members`, validate.ms / 1000, 's')
    test.clock.set(DECEMBER.advance)
    const advance = await timed(() => lookForOpenings(test.app))
    const { rows } = await test.database.superuser.query("select count(*)::int as n from notice where kind = 'window.opened'")
    figure('people told when the window of their tier opens', rows[0].n, '')
    figure('from the look to the commit, notices in the inbox', advance.ms / 1000, 's')
    figure('of it CPU of the program', advance.cpuMs / 1000, 's')
    figure('a look that finds nothing', (await timed(() => lookForOpenings(test.app))).ms, 'ms')
    if (rows[0].n !== MEMBERS * CONTACTS || advance.ms > 10_000) process.exitCode = 1
  } finally {
    await test.close()
  }
} finally {
  await embedded!.stop()
  rmSync(dir, { recursive: true, force: true })
}

async function timed(work: () => Promise<void>): Promise<{ ms: number; cpuMs: number }> {
  const [start, before] = [performance.now(), process.cpuUsage()]
  await work()
  const { user, system } = process.cpuUsage(before)
  return { ms: performance.now() - start, cpuMs: (user + system) / 1000 }
}

/** One member and one package as the program makes them, and copies of their rows. */
async function fill(test: TestApp): Promise<void> {
  const [operator] = await seedPeople(test.app)
  await entitle(test.app, operator, operator.vendor, operator.vendor.people.analyst)
  const one = await packageDesk(test).scheduled(operator)
  await copyMembers(test, operator)
  await copyPackages(test, one)
  await test.database.superuser.query('analyze')
}

async function copyMembers(test: TestApp, { id: operator, vendor }: SeededOperator): Promise<void> {
  const [member, contact] = [vendor.id, vendor.people.analyst.id]
  const { superuser } = test.database
  await superuser.query(`create table copy as select n, gen_random_uuid() as organisation from generate_series(1, ${MEMBERS}) n;
    create table copied as select organisation, gen_random_uuid() as person from copy cross join generate_series(1, ${CONTACTS})`)
  await superuser.query(
    `insert into organisation (id, name, kind, created_at) select c.organisation, 'Member ' || c.n, o.kind, o.created_at from copy c, organisation o where o.id = '${member}';
     insert into membership (organisation_id, operator_id, tier, state, created_at, jurisdiction)
       select c.organisation, m.operator_id, m.tier, m.state, m.created_at, m.jurisdiction from copy c, membership m where m.organisation_id = '${member}';
     insert into person (id, organisation_id, name, email, created_at, reached_at)
       select c.person, c.organisation, p.name, c.person || '@member.example', p.created_at, p.reached_at from copied c, person p where p.id = '${contact}';
     insert into agreement_acceptance (organisation_id, operator_id, sha256, accepted_by, accepted_at, countersigned_at)
       select distinct on (c.organisation) c.organisation, a.operator_id, a.sha256, c.person, a.accepted_at, a.countersigned_at
       from copied c, agreement_acceptance a where a.organisation_id = '${member}';
     insert into clearance (person_id, operator_id, products, proof_of_concept, jurisdiction, granted_at)
       select c.person, k.operator_id, k.products, k.proof_of_concept, k.jurisdiction, k.granted_at from copied c, clearance k where k.person_id = '${contact}';
     insert into contact_key (id, person_id, kind, fingerprint, public_key, added_at, expires_at)
       select gen_random_uuid(), c.person, k.kind, k.fingerprint, k.public_key, k.added_at, k.expires_at from copied c, contact_key k where k.person_id = '${contact}';
     update person set disabled_at = created_at where organisation_id = '${member}';
     drop table copy; drop table copied`,
  )
  const { rows } = await superuser.query('select count(*)::int as n from membership where operator_id = $1', [operator])
  if (rows[0].n < MEMBERS) throw new Error('members are missing')
}

async function copyPackages(test: TestApp, { id }: Package): Promise<void> {
  const { superuser } = test.database
  const columns = `operator_id, state, content_object, content_hash, product_tags, cve_tags, unnamed_cves, summary, contributors, source_object, source, submitted_by,
    submitted_at, approval_id, release_id, scheduled_by, scheduled_at, created_at, updated_at`
  await superuser.query(`create table copy as select gen_random_uuid() as package from generate_series(2, ${PACKAGES});
    insert into package (id, operator_id, created_by, created_at) select c.package, p.operator_id, p.created_by, p.created_at from copy c, package p where p.id = '${id}';
    insert into package_version (package_id, version, ${columns}) select c.package, 1, ${columns.replaceAll(/\w+/g, 'v.$&')} from copy c, package_version v
      where v.package_id = '${id}';
    drop table copy`)
}
