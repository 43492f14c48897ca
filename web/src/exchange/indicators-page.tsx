import { Anchor, Button, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState, type ReactElement } from 'react'
import { useMay } from '../session/may.ts'
import { OnlyWith } from '../session/only-with.tsx'
import { useSession } from '../session/session.ts'
import { DataTable, type Column } from '../ui/data-table.tsx'
import { hasDraft } from '../ui/draft.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { Icon } from '../ui/icon.tsx'
import { Instant } from '../ui/instant.tsx'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { indicatorsQuery, titleOf, type Indicator } from './exchange.ts'
import styles from './indicators-page.module.css'
import { MANY_DRAFT, ReportManyDialog } from './report-many-dialog.tsx'
import { ReportSightingDialog } from './report-sighting-dialog.tsx'

const COLUMNS: readonly Column<Indicator>[] = [
  { key: 'name', header: 'Indicator', text: ({ name, pattern }) => `${name ?? ''} ${pattern}`.trim(), cell: (row) => <Named indicator={row} /> },
  {
    key: 'cves',
    header: 'Vulnerabilities',
    text: ({ cves }) => cves.join(' '),
    cell: ({ cves }) =>
      cves.map((cve) => (
        <div key={cve} className="nowrap">
          {cve}
        </div>
      )),
  },
  { key: 'tlp', header: 'TLP', text: ({ tlp }) => `TLP:${tlp}`, cell: ({ tlp }) => <span className="nowrap">TLP:{tlp}</span> },
  { key: 'collection', header: 'Collection', text: ({ collection }) => collection.title },
  { key: 'added', header: 'Added', text: ({ addedAt }) => addedAt, cell: ({ addedAt }) => <Instant value={addedAt} /> },
]
const OWN: Column<Indicator> = {
  key: 'own',
  header: 'Your sightings',
  text: ({ ownSightings }) => (ownSightings === null ? '' : String(ownSightings.count)),
  cell: ({ ownSightings }) => ownSightings && <OwnSightings of={ownSightings} />,
}

const rowActions = (indicator: Indicator): ReactElement => <SeenButton indicator={indicator} />

/** What the exchange knows, and reporting what the own organisation has seen of it. */
export function IndicatorsPage(): ReactElement {
  return (
    <OnlyWith verb="indicator.list">
      <Indicators />
    </OnlyWith>
  )
}

function Indicators(): ReactElement {
  const session = useSession()
  const may = useMay()
  const indicators = useQuery(indicatorsQuery)
  const [reporting, setReporting] = useState(false)
  const [many, setMany] = useState(() => hasDraft(MANY_DRAFT))
  const reports = may('sighting.report')
  return (
    <Page
      title="Indicators"
      lead="What members and the scanner shared, as far as its marking lets you see it. Say what you have seen of it: other members never learn that it was you."
      actions={
        reports && (
          <>
            <Button variant="default" onClick={() => setMany(true)}>
              Report many
            </Button>
            <Button onClick={() => setReporting(true)} leftSection={<Icon name="eye" size={16} />}>
              Report a sighting
            </Button>
          </>
        )
      }
    >
      <Panel title="Shared with you" flush>
        {indicators.isPending && <Skeleton height={240} radius={0} />}
        <ProblemAlert error={indicators.error} onRetry={() => void indicators.refetch()} />
        {indicators.data && (
          <DataTable
            label="Indicators"
            columns={session.kind === 'contact' ? [...COLUMNS, OWN] : COLUMNS}
            rows={indicators.data}
            rowKey={({ id }) => id}
            {...(reports && { rowActions })}
            empty={
              <EmptyState icon="target" title="No indicator is shared with you yet">
                Indicators come from members over TAXII and from exploits that the scanner names in files whose submitters share the verdict.
              </EmptyState>
            }
          />
        )}
      </Panel>
      {reporting && <ReportSightingDialog indicator="" onClose={() => setReporting(false)} />}
      {reports && <ReportManyDialog opened={many} onClose={() => setMany(false)} />}
    </Page>
  )
}

function SeenButton({ indicator }: { indicator: Indicator }): ReactElement {
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button variant="default" size="compact-sm" onClick={() => setOpen(true)} aria-label={`We have seen it: ${titleOf(indicator)}`}>
        We have seen it
      </Button>
      {open && <ReportSightingDialog indicator={indicator.id} onClose={() => setOpen(false)} />}
    </>
  )
}

function Named({ indicator: { id, name, pattern, revoked } }: { indicator: Indicator }): ReactElement {
  return (
    <div className={styles['indicator']}>
      <Anchor component={Link} to={`/objects/${id}`} fw={600}>
        {name ?? 'Details'}
      </Anchor>
      {revoked && <span className={styles['revoked']}>Revoked</span>}
      <div className={styles['pattern']}>{pattern}</div>
    </div>
  )
}

function OwnSightings({ of: { count, lastSeen } }: { of: NonNullable<Indicator['ownSightings']> }): ReactElement {
  return (
    <>
      {count.toLocaleString('en')} {count === 1 ? 'time' : 'times'}
      <div className={styles['last']}>
        last <Instant value={lastSeen} />
      </div>
    </>
  )
}
