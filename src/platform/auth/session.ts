/** How a session was begun. Another way to sign in adds its name here and calls `startSession`. */
export type SessionMethod = 'passkey' | 'link' | 'demonstration' | 'oidc'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** How long a session lasts from its start, and without a request (ASVS 5.0, V7.3). */
export const SESSION_LIFE: Readonly<Record<SessionMethod, { readonly absoluteMs: number; readonly idleMs: number }>> = {
  passkey: { absoluteMs: 12 * HOUR_MS, idleMs: 2 * HOUR_MS },
  link: { absoluteMs: 12 * HOUR_MS, idleMs: 2 * HOUR_MS },
  oidc: { absoluteMs: 12 * HOUR_MS, idleMs: 2 * HOUR_MS },
  demonstration: { absoluteMs: 7 * DAY_MS, idleMs: 7 * DAY_MS },
}

/** How long each kind of one-time link can be used. */
export const LINK_LIFE_MS = {
  'first-operator': DAY_MS,
  invitation: 7 * DAY_MS,
  recovery: DAY_MS,
  demonstration: DAY_MS,
} as const
export type LinkPurposeName = keyof typeof LINK_LIFE_MS

/** How long a browser may take over one passkey ceremony. */
export const CEREMONY_LIFE_MS = 5 * 60_000
/** How long a browser may take to its identity provider and back. */
export const OIDC_FLOW_LIFE_MS = 10 * 60_000
/** How long a proposed identity provider waits for the second person. */
export const PROVIDER_PROPOSAL_LIFE_MS = 7 * DAY_MS
/** How long a recovery waits for the second operator. */
export const RECOVERY_LIFE_MS = 3 * DAY_MS
/** How long a role change waits for the second officer. */
export const ROLE_CHANGE_LIFE_MS = 7 * DAY_MS
/** Live sessions of one person; one more ends the oldest. */
export const MOST_SESSIONS = 50
/** How fresh `last_seen_at` and `last_used_at` are kept. */
export const SEEN_EVERY_MS = 60_000
/** After this, an ended session no longer tells where it was used from. */
export const SESSION_TRACE_MS = 90 * DAY_MS
