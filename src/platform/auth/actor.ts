import type { Id, OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'

/** What a person of an operator may do; one person may hold several. */
export const OPERATOR_ROLES = ['author', 'reviewer', 'publisher', 'membership-officer', 'tracer', 'analyst', 'auditor'] as const
export type OperatorRole = (typeof OPERATOR_ROLES)[number]

/** What a contact of a member organisation may do in its name. */
export const CONTACT_ROLES = ['admin', 'analyst', 'reader'] as const
export type ContactRole = (typeof CONTACT_ROLES)[number]

/** How the actor proved who they are. A token or a client certificate carries scopes; a session carries the person's whole rights. */
export type Credential =
  | { readonly kind: 'session'; readonly id: Id<'session'>; readonly method: 'passkey' | 'link' | 'demonstration' | 'oidc' }
  | { readonly kind: 'token'; readonly id: Id<'api-token'>; readonly scopes: readonly string[] }
  | { readonly kind: 'certificate'; readonly id: Id<'client-certificate'>; readonly scopes: readonly string[] }

export interface OperatorActor {
  readonly kind: 'operator'
  readonly person: PersonId
  readonly operator: OperatorId
  readonly roles: readonly OperatorRole[]
  readonly credential: Credential
}

export interface ContactActor {
  readonly kind: 'contact'
  readonly person: PersonId
  readonly organisation: OrganisationId
  readonly organisationKind: 'vendor' | 'responder'
  readonly roles: readonly ContactRole[]
  readonly credential: Credential
}

/** A person who has signed in. */
export type PersonActor = OperatorActor | ContactActor

/** The program itself: a job, a start-up step, or a person at the machine's own terminal. */
export interface SystemActor {
  readonly kind: 'system'
  readonly name: string
}

/** Nobody has signed in. */
export interface AnonymousActor {
  readonly kind: 'anonymous'
}

export type Actor = PersonActor | SystemActor | AnonymousActor

export const ANONYMOUS: AnonymousActor = { kind: 'anonymous' }
export const system = (name: string): SystemActor => ({ kind: 'system', name })

export function personOf(actor: Actor): PersonId | undefined {
  return actor.kind === 'operator' || actor.kind === 'contact' ? actor.person : undefined
}
