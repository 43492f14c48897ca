import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'

export type MemberImportId = Id<'member-import'>

export const memberImportRow = binder('member_import', [
  'operator_id',
  'file_digest',
  'row_count',
  'rows',
  'proposed_by',
  'proposed_at',
  'expires_at',
  'approved_by',
  'approved_at',
  'closed_at',
])
export const importedMemberRow = binder('imported_member', ['import_id', 'member_since', 'website', 'role_address'])

/** A list that one officer proposed; `rows` is sealed. */
export interface StoredImport {
  readonly id: MemberImportId
  readonly operator_id: OperatorId
  readonly sha256: string
  readonly row_count: number
  readonly rows: Buffer
  readonly proposed_by: PersonId
  readonly proposer_name: string
  readonly proposed_at: Date
  readonly expires_at: Date
  readonly approved_by: PersonId | null
  readonly approver_name: string | null
  readonly approved_at: Date | null
  readonly closed_at: Date | null
}

const select = sql`select i.id, i.operator_id, encode(i.file_digest, 'hex') as sha256, i.row_count, i.rows, i.proposed_by, p.name as proposer_name,
    i.proposed_at, i.expires_at, i.approved_by, a.name as approver_name, i.approved_at, i.closed_at
  from member_import i join person p on p.id = i.proposed_by left join person a on a.id = i.approved_by`

/** The operator's lists, the newest first, from after `before` on. */
export async function listImports(tx: Tx, operator: OperatorId, limit: number, before: string | undefined): Promise<StoredImport[]> {
  const { rows } = await sql<StoredImport>`${select} where i.operator_id = ${operator}
    and i.id < ${before ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff'}::uuid order by i.id desc limit ${limit}`.execute(tx.db)
  return rows
}

export async function findImport(tx: Tx, operator: OperatorId, id: string): Promise<StoredImport | undefined> {
  const { rows } = await sql<StoredImport>`${select} where i.operator_id = ${operator} and i.id = ${id}::uuid`.execute(tx.db)
  return rows[0]
}

/** The same; nobody else changes it until the transaction ends. */
export async function lockImport(tx: Tx, operator: OperatorId, id: string): Promise<StoredImport | undefined> {
  await sql`select 1 from member_import where id = ${id}::uuid for no key update`.execute(tx.db)
  return findImport(tx, operator, id)
}

export async function insertImport(
  tx: Tx,
  row: {
    readonly id: MemberImportId
    readonly operator: OperatorId
    readonly sha256: string
    readonly rowCount: number
    readonly rows: Buffer
    readonly by: PersonId
    readonly at: Date
    readonly expiresAt: Date
  },
): Promise<void> {
  const { id, operator, sha256, rowCount, rows, by, at, expiresAt } = row
  await tx.db
    .insertInto('member_import')
    .values({
      id,
      operator_id: operator,
      file_digest: Buffer.from(sha256, 'hex'),
      row_count: rowCount,
      rows,
      proposed_by: by,
      proposed_at: at,
      expires_at: expiresAt,
    })
    .execute()
}

export async function setImportApproved(tx: Tx, id: MemberImportId, by: PersonId, at: Date): Promise<void> {
  await tx.db.updateTable('member_import').set({ approved_by: by, approved_at: at }).where('id', '=', id).execute()
}

export async function setImportClosed(tx: Tx, id: MemberImportId, at: Date): Promise<void> {
  await tx.db.updateTable('member_import').set({ closed_at: at }).where('id', '=', id).execute()
}

/** Lets one transaction at a time bring members in, so that two lists do not bring the same one. */
export async function holdMemberNames(tx: Tx, operator: OperatorId): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`member names ${operator}`}, 0))`.execute(tx.db)
}

/** Names of the operator's members, whatever their membership is. */
export async function listMemberNames(tx: Tx, operator: OperatorId): Promise<string[]> {
  const rows = await tx.db
    .selectFrom('membership')
    .innerJoin('organisation', 'organisation.id', 'membership.organisation_id')
    .select('organisation.name')
    .where('membership.operator_id', '=', operator)
    .execute()
  return rows.map(({ name }) => name)
}

export async function insertImportedMember(
  tx: Tx,
  member: {
    readonly organisation: OrganisationId
    readonly operator: OperatorId
    readonly import: MemberImportId
    readonly since: string | null
    readonly website: string | null
    readonly roleAddress: Buffer | null
  },
): Promise<void> {
  const { organisation, operator, import: id, since, website, roleAddress } = member
  await sql`insert into imported_member (organisation_id, operator_id, import_id, member_since, website, role_address)
    values (${organisation}, ${operator}, ${id}, ${since}::date, ${website}, ${roleAddress})`.execute(tx.db)
}
