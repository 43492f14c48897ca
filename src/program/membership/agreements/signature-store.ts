import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import { parseLeaf } from '#platform/audit/leaf.ts'
import type { SignedStatement } from '#platform/auth/signed-statement.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'

export type SignatureId = Id<'agreement-signature'>

export const signatureRow = binder('agreement_signature', [
  'operator_id',
  'organisation_id',
  'version',
  'sha256',
  'side',
  'answers',
  'person_id',
  'statement',
  'authenticator_data',
  'client_data',
  'signature',
  'credential_id',
  'public_key',
  'signed_at',
  'refused_by',
  'refused_at',
  'refusal',
])

export interface Signature {
  readonly id: SignatureId
  readonly organisation_id: OrganisationId
  readonly operator_id: OperatorId
  readonly version: number
  readonly sha256: Buffer
  readonly answers: SignatureId | null
  readonly person_id: PersonId
  readonly signed: SignedStatement
  readonly signed_at: Date
  readonly refused_at: Date | null
  readonly refusal: Buffer | null
}

interface Row extends Omit<Signature, 'signed'> {
  readonly statement: string
  readonly authenticator_data: Buffer
  readonly client_data: Buffer
  readonly signature: Buffer
  readonly credential_id: Buffer
  readonly public_key: Buffer
}

function toSignature(row: Row): Signature {
  const { statement, authenticator_data, client_data, signature, credential_id, public_key, ...rest } = row
  const text = (bytes: Buffer) => bytes.toString('base64url')
  const signed: SignedStatement = {
    statement,
    authenticatorData: text(authenticator_data),
    clientDataJSON: text(client_data),
    signature: text(signature),
    credentialId: text(credential_id),
    publicKey: text(public_key),
  }
  return { ...rest, signed }
}

export interface NewSignature {
  readonly id: SignatureId
  readonly operator: OperatorId
  readonly organisation: OrganisationId
  readonly version: number
  readonly sha256: Buffer
  /** Of a countersignature, the member's signature that it is about. */
  readonly answers?: SignatureId
  readonly by: PersonId
  readonly signed: SignedStatement
  readonly at: Date
}

/** False when this side has signed already. */
export async function insertSignature(tx: Tx, entry: NewSignature): Promise<boolean> {
  const { id, operator, organisation, version, sha256, answers, by, signed, at } = entry
  const bytes = (text: string) => Buffer.from(text, 'base64url')
  const { rows } = await sql`insert into agreement_signature (id, operator_id, organisation_id, version, sha256, side, answers, person_id, statement,
      authenticator_data, client_data, signature, credential_id, public_key, signed_at)
    values (${id}, ${operator}, ${organisation}, ${version}, ${sha256}, ${answers === undefined ? 'member' : 'operator'}, ${answers ?? null}, ${by},
      ${signed.statement}, ${bytes(signed.authenticatorData)}, ${bytes(signed.clientDataJSON)}, ${bytes(signed.signature)},
      ${bytes(signed.credentialId)}, ${bytes(signed.publicKey)}, ${at})
    on conflict do nothing returning id`.execute(tx.db)
  return rows.length > 0
}

const select = sql`select id, operator_id, organisation_id, version, sha256, answers, person_id, statement, authenticator_data, client_data, signature,
  credential_id, public_key, signed_at, refused_at, refusal from agreement_signature`

/** The last signature of a member under one version, refused or not. */
export async function findSignature(tx: Tx, operator: OperatorId, organisation: OrganisationId, version: number): Promise<Signature | undefined> {
  const { rows } = await sql<Row>`${select} where operator_id = ${operator} and organisation_id = ${organisation} and version = ${version}
    and side = 'member' order by refused_at is null desc, id desc limit 1`.execute(tx.db)
  return rows[0] && toSignature(rows[0])
}

/** The same; nobody else decides about it until the transaction ends. */
export async function lockSignature(tx: Tx, operator: OperatorId, organisation: OrganisationId, version: number): Promise<Signature | undefined> {
  await sql`select 1 from agreement_signature where operator_id = ${operator} and organisation_id = ${organisation} and version = ${version}
    and side = 'member' for no key update`.execute(tx.db)
  return findSignature(tx, operator, organisation, version)
}

export async function findCountersignature(tx: Tx, member: SignatureId): Promise<Signature | undefined> {
  const { rows } = await sql<Row>`${select} where answers = ${member}`.execute(tx.db)
  return rows[0] && toSignature(rows[0])
}

export async function setRefused(tx: Tx, id: SignatureId, refusal: { by: PersonId; at: Date; reason: Buffer }): Promise<void> {
  const { by, at, reason } = refusal
  await tx.db.updateTable('agreement_signature').set({ refused_by: by, refused_at: at, refusal: reason }).where('id', '=', id).execute()
}

/** What became of each version that organisations signed: the last signature, and when it was countersigned. */
export interface SignatureSummary {
  readonly id: SignatureId
  readonly organisation_id: OrganisationId
  readonly version: number
  readonly statement: string
  readonly signed_at: Date
  readonly refused_at: Date | null
  readonly refusal: Buffer | null
  readonly countersigned_at: Date | null
}

export async function listSignatures(tx: Tx, operator: OperatorId, organisations: readonly OrganisationId[]): Promise<SignatureSummary[]> {
  const { rows } = await sql<SignatureSummary>`select distinct on (s.organisation_id, s.version) s.id, s.organisation_id, s.version, s.statement,
      s.signed_at, s.refused_at, s.refusal, c.signed_at as countersigned_at
    from agreement_signature s left join agreement_signature c on c.answers = s.id
    where s.operator_id = ${operator} and s.organisation_id = any(${organisations}::uuid[]) and s.side = 'member'
    order by s.organisation_id, s.version, s.refused_at is null desc, s.id desc`.execute(tx.db)
  return rows
}

export interface AcceptedVersion {
  readonly organisation_id: OrganisationId
  readonly version: number
  readonly accepted_at: Date
  readonly countersigned_at: Date
  readonly accepter_name: string | null
}

/** Versions that organisations accepted and the operator countersigned, by the hash of their text. */
export async function listAccepted(tx: Tx, operator: OperatorId, organisations: readonly OrganisationId[]): Promise<AcceptedVersion[]> {
  const { rows } = await sql<AcceptedVersion>`select a.organisation_id, g.version, a.accepted_at, a.countersigned_at, p.name as accepter_name
    from agreement_acceptance a join agreement g on g.operator_id = a.operator_id and g.sha256 = a.sha256 left join person p on p.id = a.accepted_by
    where a.operator_id = ${operator} and a.organisation_id = any(${organisations}::uuid[]) and a.countersigned_at is not null
    order by g.version`.execute(tx.db)
  return rows
}

/** A member's signature and the operator's countersignature make an acceptance, which entitles. Returns its key, for its binding. */
export async function insertAcceptance(tx: Tx, member: Signature, countersigned: { by: PersonId; at: Date }): Promise<Record<string, string>> {
  const { organisation_id, operator_id, sha256, person_id, signed_at } = member
  await tx.db
    .insertInto('agreement_acceptance')
    .values({
      organisation_id,
      operator_id,
      sha256,
      accepted_by: person_id,
      accepted_at: signed_at,
      countersigned_by: countersigned.by,
      countersigned_at: countersigned.at,
    })
    .execute()
  return { organisation_id, operator_id, sha256: `\\x${sha256.toString('hex')}` }
}

/** Whether an organisation's acceptance of a text stands already. */
export async function hasAccepted(tx: Tx, { organisation_id, operator_id, sha256 }: Signature): Promise<boolean> {
  const { rows } = await sql`select 1 from agreement_acceptance where organisation_id = ${organisation_id} and operator_id = ${operator_id}
    and sha256 = ${sha256}`.execute(tx.db)
  return rows.length > 0
}

/** Index of the leaf that first bound a signature. */
export async function findLeafIndex(tx: Tx, { id, organisation_id, answers }: Signature): Promise<number> {
  const action = answers === null ? 'agreement.signed' : 'agreement.countersigned'
  const { rows } = await tx.asSystem((db) =>
    sql<{
      index: number
      body: Buffer
    }>`select index, body from audit_leaf where subject_id = ${organisation_id} and action = ${action} order by index`.execute(db),
  )
  const found = rows.find(({ body }) => parseLeaf(body)?.details['signature'] === id)
  if (!found) throw new Error(`no leaf binds the signature ${id}`)
  return found.index
}
