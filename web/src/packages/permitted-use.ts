import type { PermittedUse } from '#program/packages/contract.ts'

/** What a clause answers, in the words of a person who has to keep it. */
interface ClauseText {
  readonly path: string
  readonly question: string
  readonly term: PermittedUse['deploy']['ownFleet']
}

/** The terms that allow, deny or allow from an instant, in the order in which they are read. Source: program.md, 6.3. */
export function clausesOf({ deploy, name, visible, share }: PermittedUse): readonly ClauseText[] {
  return [
    { path: 'deploy.ownFleet', question: 'Deploy protections on your own systems', term: deploy.ownFleet },
    { path: 'deploy.customers', question: 'Deploy protections to customers', term: deploy.customers },
    { path: 'deploy.blockMode', question: 'Block with them, and not only detect', term: deploy.blockMode },
    { path: 'name.refersToCve', question: 'Name them after the CVE or the flaw', term: name.refersToCve },
    { path: 'visible.probeable', question: 'Let somebody who probes the product notice them', term: visible.probeable },
    { path: 'visible.customerTelemetry', question: 'Let the name of a detection reach customers', term: visible.customerTelemetry },
    { path: 'share.withinGroup', question: 'Discuss the package with other members', term: share.withinGroup },
  ]
}

/** The clause with one of its terms set. */
export function withTerm(use: PermittedUse, path: string, term: PermittedUse['deploy']['ownFleet']): PermittedUse {
  const [group, key] = path.split('.') as ['deploy', 'ownFleet']
  return { ...use, [group]: { ...use[group], [key]: term } }
}

/** What binaries that a member derives from the package are, in words. */
export function derivedBinariesText(derived: PermittedUse['share']['derivedBinaries']): string {
  return derived === 'covered' ? 'Under the embargo too: signatures, rules and builds made from this package count as the package.' : 'Not under the embargo.'
}
