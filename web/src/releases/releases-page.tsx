import { Button, Skeleton, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState, type ReactElement } from 'react'
import { useNowMs } from '../packages/package-state.tsx'
import { useMay } from '../session/may.ts'
import { OnlyWith } from '../session/only-with.tsx'
import { useSession } from '../session/session.ts'
import { DataTable, type Column } from '../ui/data-table.tsx'
import { hasDraft } from '../ui/draft.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { StateMark, type Tone } from '../ui/state-mark.tsx'
import { ZonedInstant } from '../ui/zoned-instant.tsx'
import { OpeningsPanel } from './openings-panel.tsx'
import { ProposeReleaseDialog, RELEASE_DRAFT } from './propose-release-dialog.tsx'
import { releasesQuery, ruleName, TIER_NAME, WINDOW_TIERS, type Release } from './releases.ts'
import { WaitingReleases } from './waiting-releases.tsx'
import { WindowTimeline } from './window-timeline.tsx'

/** When the programme releases, and when each tier's window opens. */
export function ReleasesPage(): ReactElement {
  return (
    <OnlyWith verb="release.list">
      <Releases />
    </OnlyWith>
  )
}

function Releases(): ReactElement {
  const may = useMay()
  const operator = useSession().kind === 'operator'
  const releases = useQuery(releasesQuery)
  const nowMs = useNowMs()
  const [proposing, setProposing] = useState(() => hasDraft(RELEASE_DRAFT))
  const waiting = releases.data?.filter(({ state }) => state === 'waits') ?? []
  return (
    <Page
      title="Releases"
      lead={
        operator
          ? 'The instants at which the programme publishes, and the windows before them in which members read.'
          : 'The programme’s calendar. It says when windows open, not whether anything is in them.'
      }
      actions={may('release.propose') && <Button onClick={() => setProposing(true)}>Propose an out-of-band release</Button>}
    >
      <Stack>
        {releases.isPending && <Skeleton height={300} />}
        <ProblemAlert error={releases.error} onRetry={() => void releases.refetch()} />
        {waiting.length > 0 && <WaitingReleases releases={waiting} />}
        {releases.data && nowMs !== undefined && (
          <>
            <Panel title="The next windows">
              <WindowTimeline releases={releases.data} nowMs={nowMs} />
            </Panel>
            <Panel title="All releases" flush>
              <DataTable
                label="Releases"
                columns={columns(nowMs, may('release.read-cycle'), new Set(releases.data.map((release) => release.operator.id)).size > 1)}
                rows={releases.data}
                rowKey={({ key, operator: { id } }) => `${id}/${key}`}
                empty={<NoRelease />}
              />
            </Panel>
          </>
        )}
        {may('opening.list') && <OpeningsPanel />}
      </Stack>
      {may('release.propose') && <ProposeReleaseDialog opened={proposing} onClose={() => setProposing(false)} />}
    </Page>
  )
}

/** Whose release it is says a column only where there are several operators. */
function columns(nowMs: number, linked: boolean, several: boolean): readonly Column<Release>[] {
  return [
    { key: 'kind', header: 'Release', text: ruleName, cell: (release) => <Name release={release} linked={linked} /> },
    ...(several ? [{ key: 'operator', header: 'Operator', text: ({ operator }: Release) => operator.name }] : []),
    {
      key: 'state',
      header: 'State',
      text: (release) => stateOf(release, nowMs).text,
      cell: (release) => <StateMark tone={stateOf(release, nowMs).tone}>{stateOf(release, nowMs).text}</StateMark>,
    },
    { key: 'instant', header: 'At', text: ({ instant }) => instant, cell: ({ instant, zone }) => <ZonedInstant value={instant} zone={zone} /> },
    ...WINDOW_TIERS.map((tier) => ({
      key: tier,
      header: `${TIER_NAME[tier]} opens`,
      text: ({ windows }: Release) => windows[tier],
      cell: ({ windows, zone }: Release) => <ZonedInstant value={windows[tier]} zone={zone} />,
    })),
    {
      key: 'moved',
      header: 'Moved from',
      text: ({ moved }) => moved?.from.instant ?? '',
      cell: ({ moved }) => moved && <ZonedInstant value={moved.from.instant} zone={moved.from.zone} />,
    },
    { key: 'zone', header: 'Zone', text: ({ zone }) => zone },
  ]
}

function Name({ release, linked }: { release: Release; linked: boolean }): ReactElement {
  const name = <strong className="nowrap">{ruleName(release)}</strong>
  return linked ? (
    <Link to="/releases/$id" params={{ id: release.key }}>
      {name}
    </Link>
  ) : (
    name
  )
}

function stateOf({ state, instant, windows }: Release, nowMs: number): { text: string; tone: Tone } {
  if (state === 'waits') return { text: 'Waits for a second publisher', tone: 'waiting' }
  if (Date.parse(instant) <= nowMs) return { text: 'Past', tone: 'off' }
  const open = WINDOW_TIERS.filter((tier) => Date.parse(windows[tier]) <= nowMs)
  const latest = open.at(-1)
  if (latest)
    return {
      text: open.length === WINDOW_TIERS.length ? 'All windows open' : `Open: ${open.map((tier) => TIER_NAME[tier].toLowerCase()).join(', ')}`,
      tone: 'on',
    }
  return { text: state === 'confirmed' ? 'Confirmed' : 'Planned', tone: 'plain' }
}

function NoRelease(): ReactElement {
  return <EmptyState icon="calendar" title="No release to come" />
}
