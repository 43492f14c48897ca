import { Anchor, Button, Group, Skeleton, Stack, Text, Textarea } from '@mantine/core'
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState, type ReactElement } from 'react'
import type { z } from 'zod'
import { CandidateList, type Candidate } from '#program/candidates/contract.ts'
import { command, get } from '../api/client.ts'
import { useMay } from '../session/may.ts'
import { OnlyWith } from '../session/only-with.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Fact, Facts } from '../ui/facts.tsx'
import { Instant } from '../ui/instant.tsx'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'

type CandidateView = z.output<typeof Candidate>

const candidatesQuery = queryOptions({
  queryKey: ['zero-day-candidates'],
  queryFn: ({ signal }) => get(CandidateList, '/api/zero-day-candidates', {}, signal),
})

/** What the scanner raised because current and older viewers react alike; known to the operator alone. */
export function CandidatesPage(): ReactElement {
  return (
    <OnlyWith verb="zero-day-candidate.list">
      <Candidates />
    </OnlyWith>
  )
}

function Candidates(): ReactElement {
  const { data, error, isPending, refetch } = useQuery(candidatesQuery)
  return (
    <Page
      title="Zero-day candidates"
      lead="Documents and pages to which the current viewer reacts too, twice. Nobody else is told: no member, no webhook, no feed."
    >
      {isPending && <Skeleton height={240} />}
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {data?.items.length === 0 && (
        <EmptyState icon="target" title="No candidate">
          The scanner raises one when a submission takes effect in the current version of a viewer, in two runs.
        </EmptyState>
      )}
      <Stack>
        {data?.items.map((one) => (
          <OneCandidate key={one.id} candidate={one} />
        ))}
      </Stack>
    </Page>
  )
}

function OneCandidate({ candidate: { id, submission, line, environments, seenAt, closed } }: { candidate: CandidateView }): ReactElement {
  const may = useMay()
  return (
    <Panel title={`Reacts in ${line}`}>
      <Facts>
        <Fact name="Seen">
          <Instant value={seenAt} />
        </Fact>
        <Fact name="In">{environments.join(', ')}</Fact>
        {may('submission.read') && (
          <Fact name="What was handed in">
            <Anchor component={Link} to={`/scanner/${submission}`} inherit>
              The submission
            </Anchor>
          </Fact>
        )}
        {closed && (
          <Fact name="Decided">
            {closed.outcome === 'taken-on' ? 'Taken on as a vulnerability' : 'False alarm'} by {closed.by.name}, <Instant value={closed.at} />
            <Text className="break">{closed.reason}</Text>
          </Fact>
        )}
      </Facts>
      {!closed && may('zero-day-candidate.close') && <Decide id={id} />}
    </Panel>
  )
}

function Decide({ id }: { id: string }): ReactElement {
  const queries = useQueryClient()
  const [reason, setReason] = useState('')
  const close = useMutation({
    mutationFn: (outcome: 'taken-on' | 'false-alarm') => command('POST', `/api/zero-day-candidates/${id}/close`, { outcome, reason: reason.trim() }),
    onSuccess: () => queries.invalidateQueries({ queryKey: candidatesQuery.queryKey }),
  })
  return (
    <Stack gap="xs" mt="md">
      <Textarea label="Reason" value={reason} onChange={(event) => setReason(event.currentTarget.value)} maxLength={2000} autosize minRows={2} />
      <Group>
        <Button disabled={reason.trim() === ''} loading={close.isPending} onClick={() => close.mutate('taken-on')}>
          Take it on as a vulnerability
        </Button>
        <Button variant="default" disabled={reason.trim() === ''} loading={close.isPending} onClick={() => close.mutate('false-alarm')}>
          False alarm: its submitter may know
        </Button>
      </Group>
      <ProblemAlert error={close.error} />
    </Stack>
  )
}
