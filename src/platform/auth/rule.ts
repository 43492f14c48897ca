import { CONTACT_ROLES, OPERATOR_ROLES, type Actor, type ContactRole, type OperatorRole, type PersonActor } from '#platform/auth/actor.ts'
import type { SessionMethod } from '#platform/auth/session.ts'
import { Problem } from '#platform/errors.ts'

/** One line of a policy: which roles may do one thing at all. Whether they may do it to a given object is decided beside that object. */
export interface Rule {
  /** `subject.verb`, unique in the program. */
  readonly verb: string
  readonly operator: readonly OperatorRole[]
  readonly contact: readonly ContactRole[]
  /** Scope a token needs; undefined: no token may, only a person in a session. */
  readonly scope: string | undefined
  /** True for what a person may do who has signed in by a link and has still to enrol a passkey. */
  readonly beforePasskey: boolean
  /** False for what a session begun at the member's identity provider may not do: it makes lasting credentials, or decides who comes in. */
  readonly byProvider: boolean
}

interface RuleOptions {
  readonly operator?: readonly OperatorRole[] | 'any'
  readonly contact?: readonly ContactRole[] | 'any'
  readonly scope?: string
  readonly beforePasskey?: true
  readonly byProvider?: false
}

/** Writes a policy line; a side that is not named may not. */
export function rule(verb: string, options: RuleOptions): Rule {
  return {
    verb,
    operator: options.operator === 'any' ? OPERATOR_ROLES : (options.operator ?? []),
    contact: options.contact === 'any' ? CONTACT_ROLES : (options.contact ?? []),
    scope: options.scope,
    beforePasskey: options.beforePasskey ?? false,
    byProvider: options.byProvider ?? true,
  }
}

/** Whether the actor may do this at all. Pure and fail-closed: an unknown kind of actor or credential may nothing. */
export function permits(actor: Actor, rule: Rule): boolean {
  if (!isPerson(actor)) return false
  const holdsRole =
    actor.kind === 'operator' ? actor.roles.some((role) => rule.operator.includes(role)) : actor.roles.some((role) => rule.contact.includes(role))
  return holdsRole && credentialPermits(actor, rule)
}

function isPerson(actor: Actor): actor is PersonActor {
  return actor.kind === 'operator' || actor.kind === 'contact'
}

function credentialPermits({ credential }: PersonActor, rule: Rule): boolean {
  if (credential.kind !== 'session') return rule.scope !== undefined && credential.scopes.includes(rule.scope)
  if (credential.method === 'oidc') return rule.byProvider
  return credential.method === 'passkey' || credential.method === 'demonstration' || rule.beforePasskey
}

/** Throws NOT_SIGNED_IN or FORBIDDEN unless the rule permits the actor. */
export function authorise(actor: Actor, rule: Rule): asserts actor is PersonActor {
  if (!isPerson(actor)) throw new Problem('NOT_SIGNED_IN')
  if (permits(actor, rule)) return
  const { credential } = actor
  throw new Problem('FORBIDDEN', credential.kind === 'session' ? adviceFor(credential.method, rule) : undefined)
}

/** What would let the person go on, where it is the way they came in that does not. */
function adviceFor(method: SessionMethod, rule: Rule): string | undefined {
  if (method === 'link' && !rule.beforePasskey) return 'Enrol a passkey first; the link you came by allows nothing else.'
  return method === 'oidc' && !rule.byProvider ? 'This takes a passkey: sign in with one.' : undefined
}
