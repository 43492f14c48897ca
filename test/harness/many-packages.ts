import type { PackageId } from '#program/packages/content-hash.ts'
import { summaryOf } from '#program/packages/content-summary.ts'
import { sealText } from '#platform/crypto/seal-text.ts'
import { productTagger } from '#program/packages/product-tag.ts'
import { PackageContent } from '#program/packages/contract.ts'
import type { TestApp } from '#test/harness/app.ts'
import { packageDesk } from '#test/harness/packages.ts'
import type { SeededOperator } from '#test/harness/people.ts'

/** Rows of one statement. */
const BATCH = 2000

/**
 * Copies of a scheduled package as rows, each under its own id with its own summary, and the product that `productOf` gives for its
 * number: as many as a test of lists wants, without the steps of each. Returns their ids, in their order.
 */
export async function copyPackage(
  test: TestApp,
  operator: SeededOperator,
  id: PackageId,
  count: number,
  productOf: (n: number) => string = () => 'Example product',
): Promise<readonly PackageId[]> {
  const { superuser } = test.database
  const content = PackageContent.parse((await packageDesk(test).read(operator.people.author, id)).content)
  const { rows } = await superuser.query<{ hash: string }>(`select encode(content_hash, 'hex') as hash from package_version where package_id = $1`, [id])
  const { hash } = rows[0]!
  const tagOf = productTagger(test.app)
  const copies = Array.from({ length: count }, (_, n) => {
    const copy = test.app.ids.next<'package'>()
    const summary = { ...summaryOf(content), title: `Package ${n}` }
    const sealed = sealText(test.app.keys, { purpose: 'package summary', context: [copy, '1', hash] }, JSON.stringify(summary))
    return { id: copy, approval: test.app.ids.next<'approval'>(), summary: sealed, tag: tagOf(productOf(n)) }
  })
  for (let from = 0; from < count; from += BATCH) {
    const batch = copies.slice(from, from + BATCH)
    const values = [id, batch.map((copy) => copy.id), batch.map(({ approval }) => approval), batch.map(({ summary }) => summary), batch.map(({ tag }) => tag)]
    // One statement, because a version and its approval name each other.
    await superuser.query(
      `with n as materialized (select * from unnest($2::uuid[], $3::uuid[], $4::bytea[], $5::bytea[]) as n (id, approval, summary, tag)),
        packages as (insert into package select (jsonb_populate_record(o, jsonb_build_object('id', n.id))).* from package o, n where o.id = $1),
        approvals as (insert into approval
          select (jsonb_populate_record(o, jsonb_build_object('id', n.approval, 'package_id', n.id))).* from approval o, n where o.package_id = $1)
       insert into package_version select (jsonb_populate_record(o, jsonb_build_object('package_id', n.id, 'approval_id', n.approval,
         'summary', '\\x' || encode(n.summary, 'hex'), 'product_tags', array['\\x' || encode(n.tag, 'hex')]))).* from package_version o, n where o.package_id = $1`,
      values,
    )
  }
  await superuser.query('analyze')
  return copies.map((copy) => copy.id)
}

/** Members with one cleared contact each, as rows. */
export async function addMembers(test: TestApp, operator: SeededOperator, count: number): Promise<void> {
  const { superuser } = test.database
  const now = test.clock.now()
  const numbers = `generate_series(1, ${count}) n`
  const id = (kind: string) => `md5('${kind}' || n)::uuid`
  await superuser.query(
    `insert into organisation (id, name, kind, created_at) select ${id('organisation')}, 'Member ' || n, 'vendor', $1::timestamptz from ${numbers}`,
    [now],
  )
  await superuser.query(
    `insert into membership (organisation_id, operator_id, tier, state, created_at, jurisdiction)
     select ${id('organisation')}, $2::uuid, 'advance', 'active', $1::timestamptz, 'unrestricted@1' from ${numbers}`,
    [now, operator.id],
  )
  await superuser.query(
    `insert into person (id, organisation_id, name, email, created_at, reached_at)
     select ${id('person')}, ${id('organisation')}, 'Contact ' || n, 'contact' || n || '@member.example', $1::timestamptz, $1::timestamptz from ${numbers}`,
    [now],
  )
  await superuser.query(
    `insert into clearance (person_id, operator_id, products, proof_of_concept, jurisdiction, granted_at)
     select ${id('person')}, $2::uuid, array['*'], false, 'unrestricted@1', $1::timestamptz from ${numbers}`,
    [now, operator.id],
  )
}

/** Receipts of the content with these packages' first versions by a contact. */
export async function addReceipts(
  test: TestApp,
  operator: SeededOperator,
  by: { readonly id: string; readonly actor: { readonly organisation: string } },
  packages: readonly PackageId[],
): Promise<void> {
  await test.database.superuser.query(
    `insert into receipt (id, operator_id, organisation_id, package_id, version, person_id, part, parts, content_hash, received_at)
     select gen_random_uuid(), $1::uuid, $2::uuid, v.package_id, v.version, $3::uuid, 'content', array['description', 'bulletin', 'guidance', 'attachments'], v.content_hash, $4::timestamptz
     from package_version v where v.package_id = any($5)`,
    [operator.id, by.actor.organisation, by.id, test.clock.now(), packages],
  )
}
