import { Anchor, Button, Skeleton, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useState, type ReactElement } from 'react'
import { useNowMs } from '../packages/package-state.tsx'
import { STATE_NAME } from '../packages/packages.ts'
import { useMay } from '../session/may.ts'
import { OnlyWith } from '../session/only-with.tsx'
import { DataTable, type Column } from '../ui/data-table.tsx'
import { hasDraft } from '../ui/draft.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { formatInZone } from '../ui/format-instant.ts'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import { ZonedInstant } from '../ui/zoned-instant.tsx'
import { MoveHistory, WaitingMoves } from './cycle-moves.tsx'
import { cycleQuery, type Cycle, type CyclePackage } from './cycles.ts'
import { MoveDialog, moveDraft, packageName } from './move-dialog.tsx'
import { ReleaseInstants } from './release-instants.tsx'
import { ReplayPanel } from './replay-panel.tsx'
import { ruleName, TIER_NAME, WINDOW_TIERS } from './releases.ts'
import { WindowTimeline } from './window-timeline.tsx'

/** One cycle: its release as it was and is, the packages on it, and its moves. */
export function CyclePage(): ReactElement {
  const { id } = useParams({ from: '/signed-in/releases/$id' })
  return (
    <OnlyWith verb="release.read-cycle">
      <Loaded id={id} />
    </OnlyWith>
  )
}

function Loaded({ id }: { id: string }): ReactElement {
  const cycle = useQuery(cycleQuery(id))
  if (cycle.data) return <Shown cycle={cycle.data} />
  return (
    <Page title="Release">
      {cycle.isPending && <Skeleton height={300} />}
      <ProblemAlert error={cycle.error} onRetry={() => void cycle.refetch()} />
    </Page>
  )
}

function Shown({ cycle }: { cycle: Cycle }): ReactElement {
  const may = useMay()
  const nowMs = useNowMs()
  const { release, instants } = cycle
  const [moving, setMoving] = useState(() => hasDraft(moveDraft(release.key)))
  const past = nowMs !== undefined && Date.parse(release.instant) <= nowMs
  const movable = nowMs !== undefined && !past && release.state !== 'waits'
  return (
    <Page
      title={`${ruleName(release)}, ${formatInZone(Date.parse(release.instant), release.zone)}`}
      documentTitle="Release"
      lead={
        release.moved
          ? `Moved: it was to be at ${formatInZone(Date.parse(release.moved.from.instant), release.moved.from.zone)}.`
          : 'One cycle: the packages that open and are published together.'
      }
      actions={may('release.propose-move') && movable && <Button onClick={() => setMoving(true)}>Move the release</Button>}
    >
      <Stack>
        <WaitingMoves cycle={cycle} />
        <Panel title="Windows">
          {nowMs !== undefined && !past && <WindowTimeline releases={[release]} nowMs={nowMs} />}
          <ReleaseInstants release={release} />
        </Panel>
        <Panel title="Packages" lead="Deferring or moving one leaves the others where they are." flush>
          <DataTable
            label="Packages of the release"
            columns={packageColumns(nowMs)}
            rows={cycle.packages}
            rowKey={({ id, version }) => `${id} ${version}`}
            empty={<EmptyState icon="package" title="No package is on it" />}
          />
        </Panel>
        {instants.length > 1 && (
          <Panel title="What it was" flush>
            <DataTable
              label="Instants of the release"
              columns={INSTANT_COLUMNS}
              rows={instants}
              rowKey={({ since, instant }) => `${since} ${instant}`}
              empty={<EmptyState icon="calendar" title="None" />}
            />
          </Panel>
        )}
        <MoveHistory cycle={cycle} />
        {may('release.replay') && <ReplayPanel release={release.key} />}
      </Stack>
      {may('release.propose-move') && movable && <MoveDialog cycle={cycle} opened={moving} onClose={() => setMoving(false)} />}
    </Page>
  )
}

function packageColumns(nowMs: number | undefined): readonly Column<CyclePackage>[] {
  const open = ({ release, state }: CyclePackage) =>
    state === 'scheduled' && nowMs !== undefined ? WINDOW_TIERS.filter((tier) => Date.parse(release.windows[tier]) <= nowMs).map((tier) => TIER_NAME[tier]) : []
  return [
    {
      key: 'title',
      header: 'Package',
      text: packageName,
      cell: (one) => (
        <Anchor component={Link} to={`/packages/${one.id}`} className="break">
          {packageName(one)}
        </Anchor>
      ),
    },
    { key: 'version', header: 'Version', text: ({ version }) => String(version) },
    {
      key: 'state',
      header: 'State',
      text: (one) => stateOf(one),
      cell: (one) => <StateMark tone={one.here ? 'plain' : 'off'}>{stateOf(one)}</StateMark>,
    },
    { key: 'open', header: 'Windows open', text: (one) => open(one).join(', ') || '–' },
    {
      key: 'release',
      header: 'Released',
      text: ({ release }) => release.instant,
      cell: ({ release }) => <ZonedInstant value={release.instant} zone={release.zone} />,
    },
    { key: 'receipts', header: 'Receipts', text: ({ receipts }) => String(receipts) },
  ]
}

function stateOf({ state, here }: CyclePackage): string {
  return here || state === 'deferred' ? STATE_NAME[state] : `${STATE_NAME[state]}, on another release`
}

const INSTANT_COLUMNS: readonly Column<Cycle['instants'][number]>[] = [
  { key: 'instant', header: 'Release', text: ({ instant }) => instant, cell: ({ instant, zone }) => <ZonedInstant value={instant} zone={zone} /> },
  ...WINDOW_TIERS.map((tier) => ({
    key: tier,
    header: `${TIER_NAME[tier]} opens`,
    text: ({ windows }: Cycle['instants'][number]) => windows[tier],
    cell: ({ windows, zone }: Cycle['instants'][number]) => <ZonedInstant value={windows[tier]} zone={zone} />,
  })),
  {
    key: 'since',
    header: 'Since',
    text: ({ since }) => since ?? '',
    cell: ({ since, zone }) => (since ? <ZonedInstant value={since} zone={zone} /> : 'The beginning'),
  },
]
