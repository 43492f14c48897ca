import { describe, expect, it } from 'vitest'
import { CONTACT_ROLES, OPERATOR_ROLES, type Credential, type PersonActor } from '#platform/auth/actor.ts'
import { TOKEN_SCOPES } from '#platform/auth/contract.ts'
import { permits } from '#platform/auth/rule.ts'
import { may } from '#program/policy.ts'

const ANY_CONTACT = 'admin analyst reader'

/** Verb, roles that may, the scope that a token needs (null: no token may), and whether a session begun at an identity provider may not: written out once more. */
const TABLE: Record<string, [roles: string, scope: string | null, notByProvider?: true]> = {
  'organisation.list': ['membership-officer auditor', 'program:read'],
  'contact.list': ['membership-officer auditor', 'program:read'],
  'contact.list-own': ['admin', 'program:read'],
  'contact.set-functions': ['membership-officer admin', 'program:write'],
  'organisation.set-address': ['admin', 'program:write'],
  'clearance.change': ['membership-officer admin', 'program:approve'],
  'clearance.list-changes': ['membership-officer auditor', 'program:read'],
  'clearance.approve': ['membership-officer', 'program:approve'],
  'clearance.close': ['membership-officer', 'program:approve'],
  'contact-key.list': [ANY_CONTACT, 'program:read'],
  'contact-key.add': [ANY_CONTACT, null, true],
  'contact-key.revoke': [ANY_CONTACT, null],
  'health.list': ['membership-officer auditor', 'program:read'],
  'health.read-own': ['admin', 'program:read'],
  'package.list': [`author reviewer publisher tracer auditor ${ANY_CONTACT}`, 'program:read'],
  'package.read': [`author reviewer publisher tracer auditor ${ANY_CONTACT}`, 'program:read'],
  'zero-day-candidate.list': ['author publisher analyst-of-operator auditor', 'program:read'],
  'zero-day-candidate.close': ['author analyst-of-operator', 'program:write'],
  'package.import': ['author', 'program:write'],
  'package.edit': ['author', 'program:write'],
  'package.submit': ['author', 'program:write'],
  'package.return': ['author reviewer', 'program:write'],
  'package.approve': ['reviewer', 'program:approve'],
  'package.schedule': ['publisher', 'program:approve'],
  'package.receive': [ANY_CONTACT, 'program:read'],
  'package.download': [`author reviewer publisher ${ANY_CONTACT}`, 'program:read'],
  'package.export': [`author reviewer publisher ${ANY_CONTACT}`, 'program:read'],
  'receipt.list': ['publisher tracer auditor', 'program:read'],
  'package.revise': ['author', 'program:write'],
  'package.compare': [`author reviewer publisher tracer auditor ${ANY_CONTACT}`, 'program:read'],
  'package-decision.list': ['author reviewer publisher tracer auditor', 'program:read'],
  'package-decision.propose': ['publisher', 'program:approve'],
  'package-decision.confirm': ['publisher', 'program:approve'],
  'package-decision.withdraw': ['publisher', 'program:approve'],
  'holder.list': ['publisher tracer auditor', 'program:read'],
  'destruction.attest': [ANY_CONTACT, 'program:write'],
  'acknowledgement.list-own': [ANY_CONTACT, 'program:read'],
  'acknowledgement.make': ['admin analyst', 'program:write'],
  'deferred-cve.continue': ['author', 'program:write'],
  'release.list': [`author reviewer publisher tracer auditor ${ANY_CONTACT}`, 'program:read'],
  'release.propose': ['publisher', 'program:approve'],
  'release.confirm': ['publisher', 'program:approve'],
  'release.withdraw': ['publisher', 'program:approve'],
  'programme-rules.read': ['publisher auditor', 'program:read'],
  'programme-rules.preview': ['publisher auditor', 'program:read'],
  'programme-rules.propose': ['publisher', 'program:approve'],
  'programme-rules.adopt': ['publisher', 'program:approve'],
  'programme-rules.withdraw': ['publisher', 'program:approve'],
  'release.preview-move': ['publisher', 'program:read'],
  'release.list-moves': ['author reviewer publisher tracer auditor', 'program:read'],
  'release.propose-move': ['publisher', 'program:approve'],
  'release.confirm-move': ['publisher', 'program:approve'],
  'release.withdraw-move': ['publisher', 'program:approve'],
  'release.read-cycle': ['author reviewer publisher tracer auditor', 'program:read'],
  'release.replay': ['publisher auditor', 'program:read'],
  'opening.list': ['publisher tracer auditor', 'program:read'],
  'calendar-feed.read': [ANY_CONTACT, null],
  'calendar-feed.make': [ANY_CONTACT, null, true],
  'calendar-feed.end': [ANY_CONTACT, null],
  'protection.list': [`author publisher auditor analyst-of-operator ${ANY_CONTACT}`, 'program:read'],
  'protection.report': ['admin analyst', 'program:write'],
  'criteria.read': ['membership-officer auditor', 'program:read'],
  'criteria.propose': ['membership-officer', 'program:approve'],
  'criteria.adopt': ['membership-officer', 'program:approve'],
  'application.list': ['membership-officer auditor', 'program:read'],
  'application.judge': ['membership-officer', 'program:write'],
  'application.decide': ['membership-officer', 'program:approve'],
  'application.open-evidence': ['membership-officer', 'program:read'],
  'renewal.list': ['admin', 'program:read'],
  'renewal.file': ['admin', null],
  'standing.read': ['membership-officer auditor', 'program:read'],
  'standing.read-own': [ANY_CONTACT, 'program:read'],
  'standing.change': ['membership-officer', 'program:approve'],
  'standing.approve': ['membership-officer', 'program:approve'],
  'standing.could-read': ['membership-officer auditor tracer', 'program:read'],
  'jurisdiction-policy.list': ['membership-officer auditor', 'program:read'],
  'jurisdiction-policy.propose': ['membership-officer', null],
  'jurisdiction-policy.approve': ['membership-officer', null],
  'agreement.list': [`membership-officer auditor ${ANY_CONTACT}`, 'program:read'],
  'agreement.read-signed': ['membership-officer auditor admin', 'program:read'],
  'agreement.list-members': ['membership-officer auditor', 'program:read'],
  'agreement.draft': ['membership-officer', 'program:write'],
  'agreement.issue': ['membership-officer', 'program:approve'],
  'agreement.sign': ['admin', null],
  'agreement.countersign': ['membership-officer', null],
  'agreement.refuse': ['membership-officer', 'program:approve'],
  'listing.read-own': [ANY_CONTACT, 'program:read'],
  'listing.edit': ['admin', 'program:write'],
  'listing.logo': [`membership-officer auditor ${ANY_CONTACT}`, 'program:read'],
  'listing.list': ['membership-officer auditor', 'program:read'],
  'listing.decide': ['membership-officer', 'program:approve'],
  'public-text.list': ['membership-officer auditor', 'program:read'],
  'public-text.publish': ['membership-officer', 'program:approve'],
  'member-import.propose': ['membership-officer', 'program:write'],
  'member-import.list': ['membership-officer auditor', 'program:read'],
  'member-import.approve': ['membership-officer', null],
  'member-import.close': ['membership-officer', 'program:write'],
  'embargo-end.list': ['author reviewer publisher tracer auditor', 'program:read'],
  'embargo-end.propose': ['publisher', 'program:approve'],
  'embargo-end.confirm': ['publisher', 'program:approve'],
  'embargo.report': [`author reviewer publisher tracer ${ANY_CONTACT}`, 'program:write'],
  'package.relate': ['publisher', 'program:approve'],
  'breach.report': [`author reviewer publisher tracer ${ANY_CONTACT}`, 'program:write'],
  'breach.list': ['publisher tracer auditor', 'program:read'],
  'breach.read-messages': [ANY_CONTACT, 'program:read'],
  'breach.triage': ['tracer', 'program:write'],
  'breach.decide': ['tracer', 'program:approve'],
  'breach.confirm': ['publisher tracer', 'program:approve'],
  'regulatory-clock.list': ['publisher tracer auditor', 'program:read'],
  'regulatory-clock.keep': ['publisher', 'program:approve'],
}

const ROLES = [
  ...OPERATOR_ROLES.map((role) => [role === 'analyst' ? 'analyst-of-operator' : role, 'operator', role] as const),
  ...CONTACT_ROLES.map((role) => [role, 'contact', role] as const),
]
const person = (kind: string, role: string, credential: Credential) => ({ kind, person: 'p', roles: [role], credential }) as unknown as PersonActor
const session = (method: 'passkey' | 'link' | 'demonstration' | 'oidc'): Credential => ({ kind: 'session', id: 's' as never, method })
const token = (scopes: readonly string[]): Credential => ({ kind: 'token', id: 't' as never, scopes })

describe('the policy of the program', () => {
  it('has a line for each verb of the table and no other', () => {
    expect(Object.values(may).map(({ verb }) => verb)).toEqual(Object.keys(TABLE))
  })

  const cells = Object.values(may).flatMap((rule) => ROLES.map(([name, kind, role]) => [rule.verb, name, kind, role, rule] as const))
  it.each(cells)('%s by %s', (verb, name, kind, role, rule) => {
    const [roles, scope, notByProvider = false] = TABLE[verb]!
    const holds = roles.split(' ').includes(name)
    expect(permits(person(kind, role, session('passkey')), rule)).toBe(holds)
    expect(permits(person(kind, role, session('demonstration')), rule)).toBe(holds)
    expect(permits(person(kind, role, session('link')), rule)).toBe(false)
    expect(permits(person(kind, role, session('oidc')), rule)).toBe(holds && !notByProvider)
    expect(permits(person(kind, role, token(scope === null ? TOKEN_SCOPES : [scope])), rule)).toBe(holds && scope !== null)
    expect(permits(person(kind, role, token(TOKEN_SCOPES.filter((other) => other !== scope))), rule)).toBe(false)
  })
})
