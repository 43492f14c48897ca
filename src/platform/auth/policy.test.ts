import { describe, expect, it } from 'vitest'
import { ANONYMOUS, CONTACT_ROLES, OPERATOR_ROLES, system, type Actor, type Credential, type PersonActor } from '#platform/auth/actor.ts'
import { TOKEN_SCOPES } from '#platform/auth/contract.ts'
import { may } from '#platform/auth/policy.ts'
import { authorise, permits, type Rule } from '#platform/auth/rule.ts'
import { Problem } from '#platform/errors.ts'

const person = (role: string, credential: Credential): PersonActor =>
  (OPERATOR_ROLES as readonly string[]).includes(role)
    ? ({ kind: 'operator', person: 'p', operator: 'o', roles: [role], credential } as unknown as PersonActor)
    : ({ kind: 'contact', person: 'p', organisation: 'o', organisationKind: 'vendor', roles: [role], credential } as unknown as PersonActor)
const session = (method: 'passkey' | 'link' | 'demonstration'): Credential => ({ kind: 'session', id: 's' as never, method })
const token = (...scopes: string[]): Credential => ({ kind: 'token', id: 't' as never, scopes })

const ROLES = [...OPERATOR_ROLES, ...CONTACT_ROLES]
const ANY = ROLES.join(' ')

/** Verb, roles that may in a session, scope that a token needs, and whether a link session may: written out once more. */
const TABLE: Record<string, [roles: string, scope: string, beforePasskey: boolean]> = {
  'session.read': [ANY, 'account:read', true],
  'session.end': [ANY, '', true],
  'session.list': [ANY, '', false],
  'session.revoke': [ANY, '', false],
  'passkey.list': [ANY, '', true],
  'passkey.enrol': [ANY, '', true],
  'passkey.remove': [ANY, '', false],
  'token.list': [ANY, 'account:read', false],
  'token.create': [ANY, '', false],
  'token.revoke': [ANY, '', false],
  'person.list': ['membership-officer auditor admin', 'people:read', false],
  'person.invite': ['membership-officer admin', '', false],
  'person.set-roles': ['membership-officer admin', '', false],
  'person.disable': ['membership-officer admin', 'people:write', false],
  'role-change.list': ['membership-officer auditor', 'people:read', false],
  'role-change.approve': ['membership-officer', '', false],
  'role-change.close': ['membership-officer', '', false],
  'recovery.list': ['membership-officer auditor', 'people:read', false],
  'recovery.open': ['membership-officer', '', false],
  'recovery.approve': ['membership-officer', '', false],
  'recovery.close': ['membership-officer', '', false],
}

describe('the policy of accounts', () => {
  it('has a line for each verb of the table and no other', () => {
    expect(Object.values(may).map(({ verb }) => verb)).toEqual(Object.keys(TABLE))
  })

  const cells = Object.values(may).flatMap((rule) => ROLES.map((role) => [rule.verb, role, rule] as const))
  it.each(cells)('%s by %s', (verb, role, rule) => {
    const [roles, scope, beforePasskey] = TABLE[verb]!
    const holds = roles.split(' ').includes(role)
    expect(permits(person(role, session('passkey')), rule)).toBe(holds)
    expect(permits(person(role, session('demonstration')), rule)).toBe(holds)
    expect(permits(person(role, session('link')), rule)).toBe(holds && beforePasskey)
    expect(permits(person(role, token(...TOKEN_SCOPES)), rule)).toBe(holds && scope !== '')
    expect(permits(person(role, token(...TOKEN_SCOPES.filter((other) => other !== scope))), rule)).toBe(false)
  })

  it('lets nobody do anything who is not a person, or holds no role', () => {
    const nobody: Actor[] = [ANONYMOUS, system('job'), { ...person('author', session('passkey')), roles: [] }]
    for (const rule of Object.values(may)) for (const actor of nobody) expect(permits(actor, rule)).toBe(false)
  })

  it('tells who has not signed in from who may not', () => {
    const refusal = (actor: Actor, rule: Rule) => {
      try {
        authorise(actor, rule)
      } catch (error) {
        return (error as Problem).code
      }
      return undefined
    }
    expect(refusal(ANONYMOUS, may.readSession)).toBe('NOT_SIGNED_IN')
    expect(refusal(person('author', session('passkey')), may.listPeople)).toBe('FORBIDDEN')
    expect(refusal(person('author', session('link')), may.createToken)).toBe('FORBIDDEN')
    expect(refusal(person('author', session('passkey')), may.createToken)).toBeUndefined()
  })
})
