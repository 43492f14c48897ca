import { Alert, Button, Skeleton, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { MONTHS_AHEAD } from '#program/releases/rules/contract.ts'
import { TIER_NAME, WINDOW_TIERS } from '../releases/releases.ts'
import { useMay } from '../session/may.ts'
import { OnlyWith } from '../session/only-with.tsx'
import { DataTable, type Column } from '../ui/data-table.tsx'
import { hasDraft } from '../ui/draft.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { formatUtc } from '../ui/format-instant.ts'
import { Icon } from '../ui/icon.tsx'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import { ZonedInstant } from '../ui/zoned-instant.tsx'
import { ProposedPanel } from './proposed-panel.tsx'
import { ProposeRulesDialog, RULES_DRAFT } from './propose-rules-dialog.tsx'
import { RulesInWords } from './rules-in-words.tsx'
import { rulesQuery, type Shown } from './rules.ts'
import { InBoth } from './rules-preview.tsx'

type Cycle = Shown['cycles'][number]

/** The rules of the programme's calendar: those in force, what is proposed, and the cycles of the next two years. */
export function CalendarRulesPage(): ReactElement {
  return (
    <OnlyWith verb="programme-rules.read">
      <CalendarRules />
    </OnlyWith>
  )
}

function CalendarRules(): ReactElement {
  const may = useMay()
  const rules = useQuery(rulesQuery)
  const [proposing, setProposing] = useState(() => hasDraft(RULES_DRAFT))
  const { data } = rules
  return (
    <Page
      title="Calendar rules"
      lead="When the programme releases and when windows open. Rules are proposed by one publisher and put in force by another; a cycle that has begun, or holds a package, never changes by them."
      actions={data && may('programme-rules.propose') && <Button onClick={() => setProposing(true)}>Propose other rules</Button>}
    >
      <Stack gap="lg">
        {rules.isPending && <Skeleton height={320} />}
        <ProblemAlert error={rules.error} onRetry={() => void rules.refetch()} />
        {data && (
          <>
            {data.drifts.length > 0 && <Drifts drifts={data.drifts} />}
            <Panel title="Rules in force" lead={<InForce shown={data} />}>
              <RulesInWords rules={data.inForce.rules} />
            </Panel>
            <ProposedPanel shown={data} />
            <Panel title="The next cycles" lead={`The next ${MONTHS_AHEAD} months. The calendar in force knows the holidays until ${data.calendarEnds}.`} flush>
              <DataTable
                label="Cycles"
                columns={COLUMNS}
                rows={data.cycles}
                rowKey={({ month }) => month}
                empty={
                  <EmptyState icon="calendar" title="The calendar in force has ended">
                    Propose rules with a calendar that reaches further.
                  </EmptyState>
                }
              />
            </Panel>
          </>
        )}
      </Stack>
      {proposing && data && <ProposeRulesDialog shown={data} onClose={() => setProposing(false)} />}
    </Page>
  )
}

function InForce({ shown: { inForce } }: { shown: Shown }): ReactElement {
  return (
    <>
      <span className="mono">{inForce.id}</span>
      {inForce.from === null ? ', which ships with Vedette' : `, from the cycle of ${inForce.from} on`}
    </>
  )
}

const COLUMNS: readonly Column<Cycle>[] = [
  { key: 'month', header: 'Cycle', text: ({ month }) => month, cell: ({ month }) => <strong className="nowrap">{month}</strong> },
  {
    key: 'state',
    header: 'State',
    text: ({ begun }) => (begun ? 'Begun' : 'Planned'),
    cell: ({ begun }) => <StateMark tone={begun ? 'on' : 'plain'}>{begun ? 'Begun' : 'Planned'}</StateMark>,
  },
  column('release', 'Release', ({ instant }) => instant),
  ...WINDOW_TIERS.map((tier) => column(tier, `${TIER_NAME[tier]} opens`, ({ windows }) => windows[tier])),
  { key: 'rules', header: 'Rules', text: ({ rules }) => rules, cell: ({ rules }) => <span className="mono nowrap">{rules}</span> },
]

function column(key: string, header: string, of: (cycle: Cycle) => string): Column<Cycle> {
  return { key, header, text: (cycle) => formatUtc(Date.parse(of(cycle))), cell: (cycle) => <InBoth value={of(cycle)} zone={cycle.zone} /> }
}

function Drifts({ drifts }: { drifts: Shown['drifts'] }): ReactElement {
  return (
    <Alert color="orange" variant="light" icon={<Icon name="warning" />} title="Newer zone data give other instants">
      <Stack gap={4}>
        {drifts.map(({ release, stored, given, zoneData }) => (
          <Text size="sm" key={release}>
            The release at <ZonedInstant value={stored.instant} zone={stored.zone} /> holds packages and keeps its instants; by the zone data {zoneData} its
            rule gives <ZonedInstant value={given.instant} zone={stored.zone} />. Move it under Releases if it should follow.
          </Text>
        ))}
      </Stack>
    </Alert>
  )
}
