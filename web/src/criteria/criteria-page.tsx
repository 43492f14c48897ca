import { Button, Group, Skeleton, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { useMay } from '../session/may.ts'
import { OnlyWith } from '../session/only-with.tsx'
import { useSession } from '../session/session.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { Instant } from '../ui/instant.tsx'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import waiting from '../ui/waiting-list.module.css'
import { AdoptDialog } from './adopt-dialog.tsx'
import { criteriaQuery, type Proposed, type SetShown } from './criteria.ts'
import { ProposeSetDialog } from './propose-set-dialog.tsx'
import { SetTable } from './set-table.tsx'

/** The sets of criteria: those in force, and those that were proposed. */
export function CriteriaPage(): ReactElement {
  return (
    <OnlyWith verb="criteria.read">
      <Criteria />
    </OnlyWith>
  )
}

function Criteria(): ReactElement {
  const sets = useQuery(criteriaQuery)
  const may = useMay()
  const [proposing, setProposing] = useState(false)
  return (
    <Page
      title="Criteria"
      lead="What applicants and members are judged by. A set is proposed by one membership officer and put in force by another; to a member it applies at its next renewal."
      actions={may('criteria.propose') && sets.data && <Button onClick={() => setProposing(true)}>Propose a set</Button>}
    >
      {sets.isPending && <Skeleton height={320} />}
      <ProblemAlert error={sets.error} onRetry={() => void sets.refetch()} />
      {sets.data && (
        <Stack gap="lg">
          <ProposedPanel proposed={sets.data.proposed} inForce={[sets.data.inForce.vendor.id, sets.data.inForce.responder.id]} />
          <InForce title="In force for vendors" set={sets.data.inForce.vendor} />
          <InForce title="In force for responders" set={sets.data.inForce.responder} />
        </Stack>
      )}
      {proposing && sets.data && <ProposeSetDialog sets={sets.data} onClose={() => setProposing(false)} />}
    </Page>
  )
}

function InForce({ title, set }: { title: string; set: SetShown }): ReactElement {
  return (
    <Panel title={title} lead={<span className="mono">{set.id}</span>} flush>
      <SetTable set={set} label={title} />
    </Panel>
  )
}

function ProposedPanel({ proposed, inForce }: { proposed: readonly Proposed[]; inForce: readonly string[] }): ReactElement {
  return (
    <Panel title="Proposed sets" flush>
      {proposed.length === 0 && (
        <EmptyState icon="check" title="No set was proposed">
          The sets that ship with Vedette are in force.
        </EmptyState>
      )}
      <ul className={waiting['list']}>
        {proposed.map((set) => (
          <ProposedItem key={set.proposal} set={set} inForce={inForce} />
        ))}
      </ul>
    </Panel>
  )
}

function ProposedItem({ set, inForce }: { set: Proposed; inForce: readonly string[] }): ReactElement {
  const may = useMay()
  const self = useSession().person.id
  const [reading, setReading] = useState(false)
  const mine = set.proposedBy.id === self
  return (
    <li className={waiting['item']}>
      <div className={waiting['body']}>
        <Group gap="xs">
          <strong className="mono">{set.id}</strong>
          <Text span>for {set.kind}s</Text>
          {set.adoptedAt === null ? (
            <StateMark tone="waiting">Waits for a second officer</StateMark>
          ) : inForce.includes(set.id) ? (
            <StateMark tone="on">In force</StateMark>
          ) : (
            <StateMark tone="off">Replaced</StateMark>
          )}
        </Group>
        <Text size="sm" c="dimmed" component="div">
          Proposed by {set.proposedBy.name} at <Instant value={set.proposedAt} />
          {set.adoptedBy && set.adoptedAt && (
            <>
              , adopted by {set.adoptedBy.name} at <Instant value={set.adoptedAt} />
            </>
          )}
        </Text>
      </div>
      <Button size="compact-sm" variant="default" onClick={() => setReading(true)} aria-label={`Read ${set.id}`}>
        {set.adoptedAt === null && !mine && may('criteria.adopt') ? 'Read and adopt' : 'Read'}
      </Button>
      {reading && <AdoptDialog set={set} mine={mine} onClose={() => setReading(false)} />}
    </li>
  )
}
