import { describe, expect, it } from 'vitest'
import { ANONYMOUS, CONTACT_ROLES, OPERATOR_ROLES, system, type Actor, type Credential, type PersonActor } from '#platform/auth/actor.ts'
import { TOKEN_SCOPES } from '#platform/auth/contract.ts'
import { may } from '#platform/auth/policy.ts'
import { authorise, permits, type Rule } from '#platform/auth/rule.ts'
import { Problem } from '#platform/errors.ts'

/** The side of a role; `analyst` is one of both. */
const sideOf = (role: string) => ((OPERATOR_ROLES as readonly string[]).includes(role) ? 'operator' : 'contact')
const person = (role: string, credential: Credential, side: 'operator' | 'contact' = sideOf(role)): PersonActor =>
  side === 'operator'
    ? ({ kind: 'operator', person: 'p', operator: 'o', roles: [role], credential } as unknown as PersonActor)
    : ({ kind: 'contact', person: 'p', organisation: 'o', organisationKind: 'vendor', roles: [role], credential } as unknown as PersonActor)
const session = (method: 'passkey' | 'link' | 'demonstration' | 'oidc'): Credential => ({ kind: 'session', id: 's' as never, method })
const token = (...scopes: string[]): Credential => ({ kind: 'token', id: 't' as never, scopes })

const ROLES = [...OPERATOR_ROLES, ...CONTACT_ROLES]
const SIDES = [...OPERATOR_ROLES.map((role) => ['operator', role] as const), ...CONTACT_ROLES.map((role) => ['contact', role] as const)]
const ANY = ROLES.join(' ')
const CONTACTS = 'every contact'

/** Verb, roles that may in a session, scope that a token needs, whether a link session may, and whether one begun at an identity provider may not: written out once more. */
const TABLE: Record<string, [roles: string, scope: string, beforePasskey: boolean, notByProvider?: true]> = {
  'session.read': [ANY, 'account:read', true],
  'session.end': [ANY, '', true],
  'session.list': [ANY, '', false],
  'session.revoke': [ANY, '', false],
  'passkey.list': [ANY, '', true],
  'passkey.enrol': [ANY, '', true],
  'passkey.remove': [ANY, '', false, true],
  'token.list': [ANY, 'account:read', false],
  'token.create': [ANY, '', false, true],
  'token.revoke': [ANY, '', false],
  'certificate.list': [ANY, 'account:read', false],
  'certificate.add': [ANY, '', false, true],
  'certificate.revoke': [ANY, '', false],
  'person.list': ['membership-officer auditor admin', 'people:read', false],
  'person.invite': ['membership-officer admin', '', false, true],
  'person.set-roles': ['membership-officer admin', '', false, true],
  'person.disable': ['membership-officer admin', 'people:write', false],
  'role-change.list': ['membership-officer auditor', 'people:read', false],
  'role-change.approve': ['membership-officer', '', false],
  'role-change.close': ['membership-officer', '', false],
  'recovery.list': ['membership-officer auditor', 'people:read', false],
  'recovery.open': ['membership-officer', '', false],
  'recovery.approve': ['membership-officer', '', false],
  'recovery.close': ['membership-officer', '', false],
  'identity-provider.list': ['membership-officer auditor admin', 'people:read', false],
  'identity-provider.propose': ['admin', '', false, true],
  'identity-provider.test': ['admin', '', false],
  'identity-provider.confirm': ['membership-officer admin', '', false, true],
  'identity-provider.end': ['membership-officer admin', 'people:write', false],
  'identity.list': [CONTACTS, 'account:read', true],
  'identity.connect': [CONTACTS, '', true, true],
  'identity.disconnect': [CONTACTS, '', false],
  'scim.read': ['admin', 'scim:read', false],
  'scim.write': ['admin', 'scim:write', false],
}

describe('the policy of accounts', () => {
  it('has a line for each verb of the table and no other', () => {
    expect(Object.values(may).map(({ verb }) => verb)).toEqual(Object.keys(TABLE))
  })

  const cells = Object.values(may).flatMap((rule) => SIDES.map(([side, role]) => [rule.verb, side, role, rule] as const))
  it.each(cells)('%s by %s %s', (verb, side, role, rule) => {
    const [roles, scope, beforePasskey, notByProvider = false] = TABLE[verb]!
    const holds = roles === CONTACTS ? side === 'contact' : roles.split(' ').includes(role)
    const may = (credential: Credential) => permits(person(role, credential, side), rule)
    expect(may(session('passkey'))).toBe(holds)
    expect(may(session('demonstration'))).toBe(holds)
    expect(may(session('link'))).toBe(holds && beforePasskey)
    expect(may(session('oidc'))).toBe(holds && !notByProvider)
    expect(may(token(...TOKEN_SCOPES))).toBe(holds && scope !== '')
    expect(may(token(...TOKEN_SCOPES.filter((other) => other !== scope)))).toBe(false)
  })

  it('lets nobody do anything who is not a person, or holds no role', () => {
    const nobody: Actor[] = [ANONYMOUS, system('job'), { ...person('author', session('passkey')), roles: [] }]
    for (const rule of Object.values(may)) for (const actor of nobody) expect(permits(actor, rule)).toBe(false)
  })

  it('tells who came in at an identity provider what takes a passkey', () => {
    expect(() => authorise(person('admin', session('oidc')), may.createToken)).toThrow('This takes a passkey')
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
