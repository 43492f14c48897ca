import { Anchor, Button, Group, Skeleton, Stack, Text, Textarea } from '@mantine/core'
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import type { z } from 'zod'
import { CandidateList, type Candidate } from '#program/candidates/contract.ts'
import type { Viewer } from '#scanner/detonation/contract.ts'
import { command, get } from '../api/client.ts'
import { VIEWERS } from '../detonation/words.ts'
import { useMay } from '../session/may.ts'
import { OnlyWith } from '../session/only-with.tsx'
import { useDraft } from '../ui/draft.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { Fact, Facts } from '../ui/facts.tsx'
import { Instant } from '../ui/instant.tsx'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { StateMark } from '../ui/state-mark.tsx'

type CandidateView = z.output<typeof Candidate>
type Outcome = NonNullable<CandidateView['closed']>['outcome']

const candidatesQuery = queryOptions({
  queryKey: ['zero-day-candidates'],
  queryFn: ({ signal }) => get(CandidateList, '/api/zero-day-candidates', {}, signal),
})

const OUTCOMES: Readonly<Record<Outcome, string>> = { 'taken-on': 'Taken on as a vulnerability', 'false-alarm': 'False alarm' }

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
  const items = data?.items ?? []
  return (
    <Page
      title="Zero-day candidates"
      lead="Documents and pages to which the current viewer reacts too, twice. Nobody else is told: no member, not even who handed it in, no webhook, no feed."
    >
      {isPending && <Skeleton height={240} />}
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {data && items.length === 0 && (
        <EmptyState icon="target" title="No candidate">
          The scanner raises one when a submission takes effect in the current version of a viewer, in two runs.
        </EmptyState>
      )}
      <Stack>
        {items.map((one) => (
          <OneCandidate key={one.id} candidate={one} />
        ))}
      </Stack>
    </Page>
  )
}

function OneCandidate({ candidate: { id, submission, line, environments, seenAt, closed } }: { candidate: CandidateView }): ReactElement {
  const may = useMay()
  return (
    <Panel
      title={`The current ${VIEWERS[line as Viewer] ?? line} reacts`}
      lead={<Instant value={seenAt} />}
      actions={
        <StateMark tone={closed ? (closed.outcome === 'taken-on' ? 'on' : 'off') : 'bad'}>
          {closed ? OUTCOMES[closed.outcome] : 'Waits for a decision'}
        </StateMark>
      }
    >
      <Facts>
        <Fact name="Seen in">{environments.join(', ')}</Fact>
        {may('submission.read') && (
          <Fact name="What was handed in">
            <Anchor component={Link} to={`/scanner/${submission}`} inherit underline="always">
              Open the submission, with all that proves it
            </Anchor>
          </Fact>
        )}
        {closed && (
          <Fact name="Decided">
            <Instant value={closed.at} /> by {closed.by.name}
          </Fact>
        )}
        {closed && <Fact name="Reason">{closed.reason}</Fact>}
      </Facts>
      {!closed && may('zero-day-candidate.close') && <Decide id={id} />}
    </Panel>
  )
}

function Decide({ id }: { id: string }): ReactElement {
  const queries = useQueryClient()
  const { values, set, clear } = useDraft(`candidate ${id}`, { reason: '' })
  const reason = values.reason.trim()
  const close = useMutation({
    mutationFn: (outcome: Outcome) => command('POST', `/api/zero-day-candidates/${id}/close`, { outcome, reason }),
    onSuccess: async () => {
      clear()
      await queries.invalidateQueries({ queryKey: candidatesQuery.queryKey })
    },
  })
  return (
    <Stack gap="sm" mt="md" maw={720}>
      <Textarea
        label="Reason"
        description="It is written into the log for good."
        value={values.reason}
        onChange={(event) => set({ reason: event.currentTarget.value })}
        maxLength={2000}
        autosize
        minRows={2}
      />
      <Group>
        <Button disabled={reason === ''} loading={close.isPending} onClick={() => close.mutate('taken-on')}>
          Take it on as a vulnerability
        </Button>
        <Button variant="default" disabled={reason === ''} loading={close.isPending} onClick={() => close.mutate('false-alarm')}>
          It is a false alarm
        </Button>
      </Group>
      <Text size="sm" c="dimmed">
        Taken on, what was seen stays with the operator until its embargo ends. As a false alarm it is shown to whoever handed it in, and can no longer be held
        back.
      </Text>
      <ProblemAlert error={close.error} />
    </Stack>
  )
}
