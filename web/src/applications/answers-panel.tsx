import type { ReactElement } from 'react'
import { Fact, Facts } from '../ui/facts.tsx'
import { Panel } from '../ui/panel.tsx'
import styles from './application.module.css'
import type { View } from './applications.ts'

const NAMES: Readonly<Record<string, string>> = {
  legalName: 'Legal name',
  website: 'Website',
  jurisdictions: 'Countries',
  owners: 'Owners',
  organisation: 'Organisation',
  products: 'Products',
  kind: 'Kind',
  name: 'Name',
  url: 'Page',
  users: 'Users',
  regions: 'Regions',
  inHouse: 'Signatures made in-house',
  identifiers: 'Identifiers',
  dataUse: 'Use of the data',
  workedExample: 'Worked example',
  cve: 'CVE',
  detection: 'Detection',
  disclosurePolicy: 'Disclosure policy',
  sellsAttackTools: 'Sells or makes attack tools',
  canUseInterface: 'Can use an interface',
  expects: 'Expects',
  formats: 'Formats',
  references: 'References',
  roleAddress: 'Role address',
  contacts: 'Contacts',
  email: 'Mail',
  role: 'Role',
  agreesToBeNamed: 'Agrees to be named',
  hasReadTheTerms: 'Has read the terms',
  responder: 'Kind of responder',
  constituency: 'Constituency',
  contributes: 'Contributes',
}

/** What the applicant said, as it stands now. Addresses are text: nothing here leads anywhere. */
export function AnswersPanel({ view }: { view: View }): ReactElement {
  const said = Object.entries(view.answers).filter(([key]) => key !== 'kind')
  return (
    <Panel title="Answers">
      <Facts>
        {said.map(([key, value]) => (
          <Fact key={key} name={NAMES[key] ?? key}>
            <Said value={value} />
          </Fact>
        ))}
      </Facts>
    </Panel>
  )
}

function Said({ value }: { value: unknown }): ReactElement {
  if (typeof value === 'boolean') return <>{value ? 'Yes' : 'No'}</>
  if (typeof value === 'number') return <>{value.toLocaleString('en')}</>
  if (typeof value === 'string') return <span className={styles['said']}>{value === '' ? '–' : value}</span>
  if (Array.isArray(value)) {
    if (value.length === 0) return <>–</>
    if (value.every((one) => typeof one === 'string')) return <>{value.join(', ')}</>
    return (
      <ol>
        {value.map((one, index) => (
          // Answers do not change while they are shown.
          // eslint-disable-next-line react/no-array-index-key
          <li key={index}>
            <Said value={one} />
          </li>
        ))}
      </ol>
    )
  }
  if (typeof value !== 'object' || value === null) return <>–</>
  return (
    <ul className={styles['plain']}>
      {Object.entries(value).map(([key, one]) => (
        <li key={key}>
          {NAMES[key] ?? key}: <Said value={one} />
        </li>
      ))}
    </ul>
  )
}
