import { CompiledQuery, sql } from 'kysely'
import { system, type Credential } from '#platform/auth/actor.ts'
import type { Database, Tx } from '#platform/db/database.ts'
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
  /** Milliseconds since 1970. */
  readonly lastSeen: number
}

export interface TokenHolder extends Holder {
  readonly token: string
  readonly scopes: readonly string[]
  /** Milliseconds since 1970; null before the first use. */
  readonly lastUsed: number | null
}

// One statement each: whether the person is disabled, the credential revoked or the membership suspended is read
// from where it is written, on every request. Nothing is cached, so that revoked means now (promise 9).
const HOLDER = `p.id as person, p.operator_id, p.organisation_id, o.kind as organisation_kind,
  (select string_agg(g.role, ' ' order by g.role) from role_grant g where g.person_id = p.id) as roles`
const IS_IN = `p.disabled_at is null and (p.organisation_id is null or exists (
  select from membership m where m.organisation_id = p.organisation_id and m.state in ('active', 'paused')))`
/** Whether the person `p` of a statement is neither disabled nor only of organisations whose memberships are suspended or have ended. */
export const isIn = sql.raw<boolean>(IS_IN)

/**
 * Whether the session `s` has neither ended nor idled too long, belongs to no demonstration that this instance is not, and is vouched for
 * where somebody else began it: the identity and the provider that it was begun by both still stand. $2 is the instant, $3 and $4 those
 * since which a session of a demonstration and any other has been used, $5 whether this is a demonstration.
 */
const IS_GOOD = `(s.revoked_at is null and s.expires_at > $2 and s.last_seen_at > case s.method when 'demonstration' then $3::timestamptz else $4::timestamptz end
    and (s.method <> 'demonstration' or $5) and (s.method <> 'oidc'
      or (exists (select from external_identity e where e.id = s.external_identity_id and e.ended_at is null)
        and exists (select from identity_provider v where v.id = s.identity_provider_id and v.confirmed_at is not null and v.ended_at is null))))`
const IS_GOOD_SESSION = `select 1 from session s join person p on p.id = s.person_id where s.id = $1::uuid and p.id = $6::uuid and ${IS_GOOD} and ${IS_IN}`
const SESSIONS = `select encode(s.token_hash, 'hex') as hash, ${HOLDER}, s.id as credential, s.method, extract(epoch from s.last_seen_at)::float8 * 1000 as used
  from session s join person p on p.id = s.person_id left join organisation o on o.id = p.organisation_id
  where s.token_hash = any($1::bytea[]) and ${IS_GOOD} and ${IS_IN}`
const CERTIFICATES = `select encode(k.fingerprint, 'hex') as hash, ${HOLDER}, k.id as credential, array_to_string(k.scopes, ' ') as scopes,
    extract(epoch from k.last_used_at)::float8 * 1000 as used
  from client_certificate k join person p on p.id = k.person_id left join organisation o on o.id = p.organisation_id
  where k.fingerprint = any($1::bytea[]) and k.revoked_at is null and k.expires_at > $2 and ${IS_IN}`
const PERSON = `select ${HOLDER} from person p left join organisation o on o.id = p.organisation_id where p.id = $1::uuid and ${IS_IN}`
const TOKENS = `select encode(t.secret_hash, 'hex') as hash, ${HOLDER}, t.id as credential, array_to_string(t.scopes, ' ') as scopes,
    extract(epoch from t.last_used_at)::float8 * 1000 as used
  from api_token t join person p on p.id = t.person_id left join organisation o on o.id = p.organisation_id
  where t.secret_hash = any($1::bytea[]) and t.revoked_at is null and t.expires_at > $2 and ${IS_IN}
    and ${FAILED_TRIES} > (select count(*) from attempt a where a.subject = 'person:' || p.id
      and a.happened_at > clock_timestamp() - make_interval(mins => ${FAILED_TRIES_MINUTES}))`

/** When a session is too old, and whether this instance is a demonstration. */
function life(now: Date, demonstration: boolean) {
  const idle = (method: SessionMethod) => new Date(now.getTime() - SESSION_LIFE[method].idleMs)
  return [now, idle('demonstration'), idle('passkey'), demonstration] as const
}

/** Whether a session of this person would let them in at this moment, as `findSession` says. */
export async function isSessionGood(tx: Tx, id: string, person: PersonId, now: Date, demonstration: boolean): Promise<boolean> {
  const { rows } = await tx.db.executeQuery(CompiledQuery.raw(IS_GOOD_SESSION, [id, ...life(now, demonstration), person]))
  return rows.length === 1
}

/** Who holds each of these sessions, by its hash in hex; one that has ended, idled too long, or belongs to a demonstration that this instance is not, is not there. */
export async function findSessions(db: Database, hashes: readonly Buffer[], now: Date, demonstration: boolean): Promise<Map<string, SessionHolder>> {
  return byHash(await db.ask<SessionRow>(system('identify'), SESSIONS, [hashes, ...life(now, demonstration)]), sessionHolder)
}

/** The same of one session, within a transaction. */
export async function findSession(tx: Tx, hash: Buffer, now: Date, demonstration: boolean): Promise<SessionHolder | undefined> {
  const { rows } = await tx.db.executeQuery<SessionRow>(CompiledQuery.raw(SESSIONS, [[hash], ...life(now, demonstration)]))
  return rows[0] && sessionHolder(rows[0])
}

/** Who holds each of these API tokens, by its hash in hex, unless it has ended or somebody has been guessing at its owner's credentials. */
export async function findTokens(db: Database, hashes: readonly Buffer[], now: Date): Promise<Map<string, TokenHolder>> {
  return byHash(await db.ask<TokenRow>(system('identify'), TOKENS, [hashes, now]), tokenHolder)
}

/** Who holds each of these client certificates, by its SHA-256 in hex, unless it has ended. */
export async function findCertificates(db: Database, fingerprints: readonly Buffer[], now: Date): Promise<Map<string, TokenHolder>> {
  return byHash(await db.ask<TokenRow>(system('identify'), CERTIFICATES, [fingerprints, now]), tokenHolder)
}

interface HolderRow extends Omit<Holder, 'roles'> {
  readonly hash: string
  readonly roles: string | null
  readonly credential: string
}
interface SessionRow extends HolderRow {
  readonly method: SessionMethod
  readonly used: number
}
interface TokenRow extends HolderRow {
  readonly scopes: string
  readonly used: number | null
}

const byHash = <R extends { readonly hash: string }, H>(rows: readonly R[], read: (row: R) => H) => new Map(rows.map((row) => [row.hash, read(row)]))

function holder({ person, operator_id, organisation_id, organisation_kind, roles }: Omit<HolderRow, 'credential'>): Holder {
  return { person, operator_id, organisation_id, organisation_kind, roles: roles?.split(' ') ?? [] }
}

function tokenHolder({ credential, scopes, used, ...row }: TokenRow): TokenHolder {
  return { ...holder(row), token: credential, scopes: scopes === '' ? [] : scopes.split(' '), lastUsed: used }
}

function sessionHolder({ credential, method, used, ...row }: SessionRow): SessionHolder {
  return { ...holder(row), session: credential, method, lastSeen: used }
}

/** A person who could come in now, by whatever credential. */
export async function findHolder(tx: Tx, person: PersonId): Promise<Holder | undefined> {
  const { rows } = await tx.db.executeQuery<HolderRow>(CompiledQuery.raw(PERSON, [person]))
  return rows[0] && holder(rows[0])
}

const TABLE_OF = { session: 'session', token: 'api_token', certificate: 'client_certificate' } as const

/** Whether a credential was ended by somebody: signed out, or revoked. One that expired since was not. */
export async function wasRevoked(tx: Tx, { kind, id }: Pick<Credential, 'kind' | 'id'>): Promise<boolean> {
  const row = await tx.db.selectFrom(TABLE_OF[kind]).select('id').where('id', '=', id).where('revoked_at', 'is', null).executeTakeFirst()
  return row === undefined
}

/** Whether a secret is one that was given out, though it has ended: then it was not guessed. */
export async function wasToken(tx: Tx, hash: Buffer): Promise<boolean> {
  return (await tx.db.selectFrom('api_token').select('id').where('secret_hash', '=', hash).executeTakeFirst()) !== undefined
}

export async function touchSession(tx: Tx, id: string, now: Date): Promise<void> {
  await tx.db.updateTable('session').set({ last_seen_at: now }).where('id', '=', id).where('last_seen_at', '<', now).execute()
}

export async function touchCertificate(tx: Tx, id: string, now: Date): Promise<void> {
  await tx.db.updateTable('client_certificate').set({ last_used_at: now }).where('id', '=', id).execute()
}

export async function touchToken(tx: Tx, id: string, now: Date): Promise<void> {
  await tx.db.updateTable('api_token').set({ last_used_at: now }).where('id', '=', id).execute()
}
