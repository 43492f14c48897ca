import { Anchor, Button, Skeleton, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState, type ReactElement, type ReactNode } from 'react'
import { NextWindows } from '../releases/next-windows.tsx'
import { useMay } from '../session/may.ts'
import { OnlyWith } from '../session/only-with.tsx'
import { useSession } from '../session/session.ts'
import { DataTable, type Column } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Icon } from '../ui/icon.tsx'
import { Instant } from '../ui/instant.tsx'
import { MessagesPanel } from '../embargo/messages-panel.tsx'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { ZonedInstant } from '../ui/zoned-instant.tsx'
import { DestructionsPanel } from '../versions/destructions-panel.tsx'
import { OwnDuties } from '../versions/own-duties.tsx'
import { WaitingDecisions } from '../versions/waiting-decisions.tsx'
import { ImportDialog } from './import-dialog.tsx'
import { PackageStateMark, stateText, useNowMs } from './package-state.tsx'
import styles from './packages-page.module.css'
import { packagesQuery, shortName, type Summary } from './packages.ts'
import { standingOf } from './window.ts'

/** The packages that the signed-in person may know of. */
export function PackagesPage(): ReactElement {
  return (
    <OnlyWith verb="package.list">
      <Packages />
    </OnlyWith>
  )
}

function Packages(): ReactElement {
  const may = useMay()
  const operator = useSession().kind === 'operator'
  const packages = useQuery(packagesQuery)
  const [importing, setImporting] = useState(false)
  const nowMs = useNowMs()
  return (
    <Page
      title="Packages"
      lead={
        operator
          ? 'Advance information about vulnerabilities, from the first draft to the release.'
          : 'Advance packages for your organisation. What you receive is yours to protect with, and not yet public.'
      }
      actions={
        may('package.import') && (
          <Button leftSection={<Icon name="upload" size={16} />} onClick={() => setImporting(true)}>
            Import an advisory
          </Button>
        )
      }
    >
      {!operator && <OwnDuties />}
      {!operator && <DestructionsPanel />}
      {operator && may('package-decision.list') && <WaitingDecisions />}
      {may('breach.read-messages') && <MessagesPanel />}
      <Panel title={operator ? 'All packages' : 'Your packages'} flush>
        {packages.isPending && <Skeleton height={240} radius={0} />}
        <ProblemAlert error={packages.error} onRetry={() => void packages.refetch()} />
        {packages.data && (
          <DataTable
            label="Packages"
            columns={operator ? operatorColumns(nowMs) : contactColumns(nowMs)}
            rows={operator ? packages.data : openFirst(packages.data, nowMs)}
            rowKey={({ id }) => id}
            empty={operator ? <NoPackage /> : <NothingOpen />}
          />
        )}
      </Panel>
      {may('package.import') && <ImportDialog opened={importing} onClose={() => setImporting(false)} />}
    </Page>
  )
}

/** Windows that are open come first, the one that ends first at the top. */
function openFirst(rows: readonly Summary[], nowMs: number | undefined): readonly Summary[] {
  if (nowMs === undefined) return rows
  const rank = (row: Summary) => (standingOf(row, nowMs) === 'window-open' ? Date.parse(row.release!.instant) : Number.POSITIVE_INFINITY)
  return rows.toSorted((a, b) => (rank(a) === rank(b) ? 0 : rank(a) - rank(b)))
}

const common = (notShown: string): readonly Column<Summary>[] => [
  { key: 'title', header: 'Title', text: ({ title }) => title ?? notShown, cell: (row) => <TitleCell row={row} notShown={notShown} /> },
  { key: 'bulletin', header: 'Bulletin', text: ({ bulletin }) => bulletin ?? '', cell: ({ bulletin }) => bulletin ?? '–' },
  { key: 'cves', header: 'CVEs', text: ({ cves }) => cves.join(', '), cell: ({ cves }) => <Cves ids={cves} /> },
  { key: 'version', header: 'Version', text: ({ version }) => String(version) },
]
const tlp: Column<Summary> = { key: 'tlp', header: 'TLP', text: (row) => `TLP:${row.tlp}`, cell: (row) => <span className="nowrap">{row.tlp}</span> }
const release: Column<Summary> = {
  key: 'release',
  header: 'Release',
  text: (row) => row.release?.instant ?? '',
  cell: (row) =>
    row.release ? (
      <When>
        <ZonedInstant value={row.release.instant} zone={row.release.zone} />
      </When>
    ) : (
      '–'
    ),
}
const state = (nowMs: number | undefined): Column<Summary> => ({
  key: 'state',
  header: 'State',
  text: (row) => stateText(row, nowMs),
  cell: (row) => <PackageStateMark version={row} />,
})

function operatorColumns(nowMs: number | undefined): readonly Column<Summary>[] {
  return [
    ...common('Not shown to your role'),
    state(nowMs),
    tlp,
    release,
    {
      key: 'windows',
      header: 'Next opening',
      text: (row) => nextOpening(row, nowMs)?.instant ?? '',
      cell: (row) => <NextOpening row={row} nowMs={nowMs} />,
    },
    {
      key: 'updated',
      header: 'Updated',
      text: ({ updatedAt }) => updatedAt,
      cell: ({ updatedAt }) => (
        <When>
          <Instant value={updatedAt} />
        </When>
      ),
    },
  ]
}

function contactColumns(nowMs: number | undefined): readonly Column<Summary>[] {
  return [
    ...common('Not yet received'),
    state(nowMs),
    tlp,
    release,
    {
      key: 'opened',
      header: 'Opened',
      text: ({ openedAt }) => openedAt ?? '',
      cell: ({ openedAt }) =>
        openedAt ? (
          <When>
            <Instant value={openedAt} />
          </When>
        ) : (
          '–'
        ),
    },
    {
      key: 'received',
      header: 'Received',
      text: ({ receivedAt }) => receivedAt ?? 'Not yet',
      cell: ({ receivedAt }) =>
        receivedAt ? (
          <When>
            <Instant value={receivedAt} />
          </When>
        ) : (
          'Not yet'
        ),
    },
  ]
}

function TitleCell({ row, notShown }: { row: Summary; notShown: string }): ReactElement {
  return (
    <Anchor component={Link} to={`/packages/${row.id}`} className={styles['title']} fw={600}>
      {row.title ?? notShown}
      {row.title === null && <span className="visually-hidden">: {shortName(row)}</span>}
    </Anchor>
  )
}

/** The date over the time of day: beside other columns there is no room for more. */
function When({ children }: { children: ReactNode }): ReactElement {
  return <div className={styles['when']}>{children}</div>
}

/** As many as a cell can hold; the page of the package has them all. */
const SHOWN_CVES = 2

function Cves({ ids }: { ids: readonly string[] }): ReactElement {
  if (ids.length === 0) return <>–</>
  return (
    <span className="nowrap">
      {ids.slice(0, SHOWN_CVES).map((id) => (
        <div key={id}>{id}</div>
      ))}
      {ids.length > SHOWN_CVES && `and ${ids.length - SHOWN_CVES} more`}
    </span>
  )
}

const TIER_NAMES = [
  ['validate', 'Validate'],
  ['advance', 'Advance'],
  ['entry', 'Entry'],
] as const

function nextOpening({ windows }: Summary, nowMs: number | undefined): { tier: string; instant: string } | undefined {
  if (!windows || nowMs === undefined) return undefined
  const next = TIER_NAMES.find(([tier]) => Date.parse(windows[tier]) > nowMs)
  return next && { tier: next[1], instant: windows[next[0]] }
}

function NextOpening({ row, nowMs }: { row: Summary; nowMs: number | undefined }): ReactElement {
  const next = nextOpening(row, nowMs)
  if (!row.windows || !row.release || nowMs === undefined) return <>–</>
  if (!next) return <>All are open</>
  return (
    <div className={styles['when']}>
      <ZonedInstant value={next.instant} zone={row.release.zone} /> ({next.tier.toLowerCase()})
    </div>
  )
}

function NoPackage(): ReactElement {
  const may = useMay()
  return (
    <EmptyState icon="package" title="No packages yet">
      {may('package.import')
        ? 'Import an advisory in CSAF 2.0: it becomes a draft that you complete and send to review.'
        : 'A package appears here when an author imports an advisory.'}
    </EmptyState>
  )
}

/** Says when windows open, and nothing about whether anything is behind them. */
function NothingOpen(): ReactElement {
  return (
    <EmptyState icon="package" title="No window is open for you">
      <Text size="sm" mb="xs">
        What is meant for your organisation appears here when your tier’s window opens.
      </Text>
      <NextWindows />
    </EmptyState>
  )
}
