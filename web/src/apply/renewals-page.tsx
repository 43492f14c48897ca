import { Button, Skeleton, Stack, Text } from '@mantine/core'
import { queryOptions, useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import type { z } from 'zod'
import { RenewalLink, Renewals } from '#program/membership/applications/contract.ts'
import { get, post } from '../api/client.ts'
import { OnlyWith } from '../session/only-with.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Fact, Facts } from '../ui/facts.tsx'
import { Instant } from '../ui/instant.tsx'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { keepApplyToken } from './apply-token.ts'
import { STATES } from './own-application.ts'

type Renewal = z.output<typeof Renewals>['items'][number]

const renewalsQuery = queryOptions({ queryKey: ['renewals'], queryFn: ({ signal }) => get(Renewals, '/api/renewals', {}, signal) })

/** A member's yearly renewals. */
export function RenewalsPage(): ReactElement {
  return (
    <OnlyWith verb="renewal.list">
      <List />
    </OnlyWith>
  )
}

function List(): ReactElement {
  const renewals = useQuery(renewalsQuery)
  return (
    <Page title="Renewals" lead="A membership runs for a year. Its renewal is filed here from 90 days before it is due; after the grace of 30 days it lapses.">
      {renewals.isPending && <Skeleton height={160} />}
      <ProblemAlert error={renewals.error} onRetry={() => void renewals.refetch()} />
      <Stack>
        {renewals.data?.items.map((renewal) => (
          <One key={renewal.operator.id} renewal={renewal} />
        ))}
        {renewals.data?.items.length === 0 && <EmptyState icon="clock" title="There is nothing to renew" />}
      </Stack>
    </Page>
  )
}

function One({ renewal }: { renewal: Renewal }): ReactElement {
  const navigate = useNavigate()
  const { operator, dueOn, lapsesAt, opensAt, open } = renewal
  const file = useMutation({
    mutationFn: () => post(RenewalLink, '/api/renewals', { operator: operator.id }),
    onSuccess: async ({ token }) => {
      keepApplyToken(token)
      await navigate({ to: '/apply' })
    },
  })
  return (
    <Panel title={operator.name}>
      <Stack>
        {dueOn === null || lapsesAt === null || opensAt === null ? (
          <Text>This membership has no end; there is nothing to renew.</Text>
        ) : (
          <>
            <Facts>
              <Fact name="Due on">{dueOn}</Fact>
              <Fact name="Lapses unless renewed">
                <Instant value={lapsesAt} />
              </Fact>
              <Fact name="Can be filed from">
                <Instant value={opensAt} />
              </Fact>
              <Fact name="State">{open ? STATES[open.state].name : 'Not begun'}</Fact>
            </Facts>
            <ProblemAlert error={file.error} />
            <Button w="fit-content" loading={file.isPending} onClick={() => file.mutate()}>
              {open ? 'Open the renewal' : 'File the renewal'}
            </Button>
          </>
        )}
      </Stack>
    </Panel>
  )
}
