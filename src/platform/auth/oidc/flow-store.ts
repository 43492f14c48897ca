import type { ProviderId } from '#platform/auth/oidc/provider.ts'
import type { Tx } from '#platform/db/database.ts'
import type { PersonId } from '#platform/ids.ts'

export type FlowPurpose = 'sign-in' | 'connect' | 'test'

/** A browser on its way to a provider. */
export interface Flow {
  readonly stateHash: Buffer
  /** Of the secret in the cookie of the browser that set out. */
  readonly browserHash: Buffer
  readonly provider: ProviderId
  readonly purpose: FlowPurpose
  /** Whoever the browser was signed in as when it set out, and the session. */
  readonly who: { readonly person: PersonId; readonly session: string } | undefined
  /** PKCE verifier and nonce, sealed. */
  readonly sealed: Buffer
  readonly expiresAt: Date
}

export async function insertFlow(tx: Tx, flow: Flow): Promise<void> {
  await tx.db
    .insertInto('oidc_flow')
    .values({
      state_hash: flow.stateHash,
      browser_hash: flow.browserHash,
      provider_id: flow.provider,
      purpose: flow.purpose,
      person_id: flow.who?.person ?? null,
      session_id: flow.who?.session ?? null,
      sealed: flow.sealed,
      expires_at: flow.expiresAt,
    })
    .execute()
}

/** Takes a flow that this browser set out on, once; undefined for one that is over, was taken, or belongs to another browser. */
export async function takeFlow(tx: Tx, stateHash: Buffer, browserHash: Buffer, now: Date): Promise<Flow | undefined> {
  const row = await tx.db
    .deleteFrom('oidc_flow')
    .where('state_hash', '=', stateHash)
    .where('browser_hash', '=', browserHash)
    .where('expires_at', '>', now)
    .returningAll()
    .executeTakeFirst()
  return (
    row && {
      stateHash,
      browserHash,
      provider: row.provider_id as ProviderId,
      purpose: row.purpose as FlowPurpose,
      who: row.person_id === null ? undefined : { person: row.person_id as PersonId, session: row.session_id! },
      sealed: row.sealed,
      expiresAt: row.expires_at,
    }
  )
}

export async function deleteFlows(tx: Tx, now: Date): Promise<void> {
  await tx.db.deleteFrom('oidc_flow').where('expires_at', '<', now).execute()
}
