import { sql } from 'kysely'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'
import { FAILED_TRIES, FAILED_TRIES_MINUTES } from '#platform/auth/attempts.ts'
import { SESSION_LIFE, type SessionMethod } from '#platform/auth/session.ts'

/** The person behind a credential that is good at this moment. */
export interface Holder {
  readonly person: PersonId
  readonly operator_id: OperatorId | null
  readonly organisation_id: OrganisationId | null
  readonly organisation_kind: 'vendor' | 'responder' | null
  /** As stored: `operator:author`, `contact:reader`. */
  readonly roles: readonly string[]
}

export interface SessionHolder extends Holder {
  readonly session: string
  readonly method: SessionMethod
  readonly last_seen_at: Date
}

export interface TokenHolder extends Holder {
  readonly token: string
  readonly scopes: readonly string[]
  readonly last_used_at: Date | null
}

// One statement each: whether the person is disabled, the credential revoked or the membership suspended is read
// from where it is written, on every request. Nothing is cached, so that revoked means now (promise 9).
const holder = sql`p.id as person, p.operator_id, p.organisation_id, o.kind as organisation_kind,
  array(select g.role from role_grant g where g.person_id = p.id order by g.role) as roles`
/** Whether the person `p` of a statement is neither disabled nor only of organisations whose memberships are suspended or have ended. */
export const isIn = sql<boolean>`p.disabled_at is null and (p.organisation_id is null or exists (
  select from membership m where m.organisation_id = p.organisation_id and m.state in ('active', 'paused')))`

/** Whether the identity and the provider that the session `s` was begun by both still stand. */
const isVouchedFor = sql<boolean>`(exists (select from external_identity e where e.id = s.external_identity_id and e.ended_at is null)
  and exists (select from identity_provider v where v.id = s.identity_provider_id and v.confirmed_at is not null and v.ended_at is null))`

/** Whether the session `s` has neither ended nor idled too long, belongs to no demonstration that this instance is not, and is vouched for where somebody else began it. */
function isGood(now: Date, demonstration: boolean) {
  const idle = (method: SessionMethod) => new Date(now.getTime() - SESSION_LIFE[method].idleMs)
  return sql<boolean>`(s.revoked_at is null and s.expires_at > ${now}
    and s.last_seen_at > case s.method when 'demonstration' then ${idle('demonstration')}::timestamptz else ${idle('passkey')}::timestamptz end
    and (s.method <> 'demonstration' or ${demonstration}) and (s.method <> 'oidc' or ${isVouchedFor}))`
}

/** Whether a session of this person would let them in at this moment, as `findSession` says. */
export async function isSessionGood(tx: Tx, id: string, person: PersonId, now: Date, demonstration: boolean): Promise<boolean> {
  const { rows } = await sql`select 1 from session s join person p on p.id = s.person_id
    where s.id = ${id}::uuid and p.id = ${person}::uuid and ${isGood(now, demonstration)} and ${isIn}`.execute(tx.db)
  return rows.length === 1
}

/** Who holds a session, unless it has ended, idled too long, or belongs to a demonstration that this instance is not. */
export async function findSession(tx: Tx, hash: Buffer, now: Date, demonstration: boolean): Promise<SessionHolder | undefined> {
  const { rows } = await sql<SessionHolder>`select ${holder}, s.id as session, s.method, s.last_seen_at
    from session s join person p on p.id = s.person_id left join organisation o on o.id = p.organisation_id
    where s.token_hash = ${hash} and ${isGood(now, demonstration)} and ${isIn}`.execute(tx.db)
  return rows[0]
}

/** Who holds an API token, unless it has ended or somebody has been guessing at its owner's credentials. */
export async function findToken(tx: Tx, hash: Buffer, now: Date): Promise<TokenHolder | undefined> {
  const { rows } = await sql<TokenHolder>`select ${holder}, t.id as token, t.scopes, t.last_used_at
    from api_token t join person p on p.id = t.person_id left join organisation o on o.id = p.organisation_id
    where t.secret_hash = ${hash} and t.revoked_at is null and t.expires_at > ${now} and ${isIn}
      and ${FAILED_TRIES} > (select count(*) from attempt a where a.subject = 'person:' || p.id
        and a.happened_at > clock_timestamp() - make_interval(mins => ${FAILED_TRIES_MINUTES}))`.execute(tx.db)
  return rows[0]
}

/** A person who could come in now, by whatever credential. */
export async function findHolder(tx: Tx, person: PersonId): Promise<Holder | undefined> {
  const { rows } = await sql<Holder>`select ${holder} from person p left join organisation o on o.id = p.organisation_id
    where p.id = ${person}::uuid and ${isIn}`.execute(tx.db)
  return rows[0]
}

/** Whether a secret is one that was given out, though it has ended: then it was not guessed. */
export async function wasToken(tx: Tx, hash: Buffer): Promise<boolean> {
  return (await tx.db.selectFrom('api_token').select('id').where('secret_hash', '=', hash).executeTakeFirst()) !== undefined
}

export async function touchSession(tx: Tx, id: string, now: Date): Promise<void> {
  await tx.db.updateTable('session').set({ last_seen_at: now }).where('id', '=', id).where('last_seen_at', '<', now).execute()
}

export async function touchToken(tx: Tx, id: string, now: Date): Promise<void> {
  await tx.db.updateTable('api_token').set({ last_used_at: now }).where('id', '=', id).execute()
}
