import { Button, Skeleton, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { useMay } from '../session/may.ts'
import { OnlyWith } from '../session/only-with.tsx'
import { useSession } from '../session/session.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { gapsQuery, titleOf, type GapView } from './exchange.ts'
import styles from './gaps-page.module.css'
import { ReportSightingDialog } from './report-sighting-dialog.tsx'
import { ShipProtectionDialog } from './ship-protection-dialog.tsx'

/** Figures about members come in groups of this size. */
const GROUP = 5
/** Blocks that are drawn; the words say the whole figure. */
const MOST_BLOCKS = 20

/** What others see and the own organisation has not covered, or not seen. */
export function GapsPage(): ReactElement {
  return (
    <OnlyWith verb="gap.list">
      <Gaps />
    </OnlyWith>
  )
}

function Gaps(): ReactElement {
  const isVendor = useSession().organisation.kind === 'vendor'
  const gaps = useQuery(gapsQuery)
  return (
    <Page
      title="Gaps"
      lead={
        isVendor
          ? 'What at least five other organisations have seen, and you have shipped no protection for.'
          : 'What at least five other organisations have seen, and you have not reported.'
      }
    >
      <Panel title="Open gaps" lead="What most others see comes first. Each block stands for five organisations." flush>
        {gaps.isPending && <Skeleton height={240} radius={0} />}
        <ProblemAlert error={gaps.error} onRetry={() => void gaps.refetch()} />
        {gaps.data?.length === 0 && <NoGaps isVendor={isVendor} />}
        {gaps.data && gaps.data.length > 0 && <GapList gaps={gaps.data} />}
      </Panel>
    </Page>
  )
}

function NoGaps({ isVendor }: { isVendor: boolean }): ReactElement {
  return (
    <EmptyState icon="gap" title="No gap is shown">
      A gap appears once at least five other organisations have reported an indicator {isVendor ? 'and you have shipped nothing for it' : 'that you have not'}.
      Under five nothing is shown, not even a number, and figures go up in steps of five, so that nobody can work out who has seen what. No gap shown does
      therefore not mean that nobody sees anything.
    </EmptyState>
  )
}

function GapList({ gaps }: { gaps: readonly GapView[] }): ReactElement {
  const [shipping, setShipping] = useState<GapView | undefined>()
  const [sighting, setSighting] = useState<GapView | undefined>()
  return (
    <>
      <ul className={styles['list']}>
        {gaps.map((gap) => (
          <GapItem key={gap.indicator.id} gap={gap} onShip={() => setShipping(gap)} onSighting={() => setSighting(gap)} />
        ))}
      </ul>
      {shipping && <ShipProtectionDialog indicator={shipping.indicator} onClose={() => setShipping(undefined)} />}
      {sighting && <ReportSightingDialog indicator={sighting.indicator.id} onClose={() => setSighting(undefined)} />}
    </>
  )
}

interface GapItemProps {
  readonly gap: GapView
  readonly onShip: () => void
  readonly onSighting: () => void
}

function GapItem({ gap: { indicator, organisations, missing }, onShip, onSighting }: GapItemProps): ReactElement {
  const may = useMay()
  const title = titleOf(indicator)
  return (
    <li className={styles['gap']}>
      <div className={styles['what']}>
        <Title order={3} className="break">
          {indicator.name ?? 'Indicator without a name'}
        </Title>
        <Text size="sm" className="mono break">
          {indicator.pattern}
        </Text>
        <Text size="sm" c="dimmed">
          {[...indicator.cves, `TLP:${indicator.tlp}`, indicator.collection.title].join(' · ')}
        </Text>
      </div>
      <div className={styles['figure']}>
        <div className={styles['blocks']} aria-hidden>
          {Array.from({ length: Math.min(MOST_BLOCKS, organisations / GROUP) }, (_, block) => (
            <span key={block} className={styles['block']} />
          ))}
        </div>
        <Text size="sm" fw={600}>
          At least {organisations} organisations
        </Text>
      </div>
      {missing === 'protection' && may('protection.report') && (
        <Button onClick={onShip} aria-label={`We ship a protection: ${title}`}>
          We ship a protection
        </Button>
      )}
      {missing === 'sighting' && may('sighting.report') && (
        <Button variant="default" onClick={onSighting} aria-label={`We have seen it: ${title}`}>
          We have seen it
        </Button>
      )}
    </li>
  )
}
