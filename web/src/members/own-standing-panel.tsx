import { Skeleton, Stack, Text } from '@mantine/core'
import { queryOptions, useQuery } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { OwnStanding } from '#program/membership/standing/contract.ts'
import { get } from '../api/client.ts'
import { Fact, Facts } from '../ui/facts.tsx'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import { StandingTimeline } from './standing-timeline.tsx'
import { policyWords, STATE_NAMES, STATE_TONES, TIER_NAMES } from './words.ts'

const ownStandingQuery = queryOptions({ queryKey: ['own-standing'], queryFn: ({ signal }) => get(OwnStanding, '/api/standing', {}, signal) })

/** What the own organisation holds with each of its operators, until when, and which policy of its jurisdiction applies, in words. */
export function OwnStandingPanel(): ReactElement {
  const standing = useQuery(ownStandingQuery)
  return (
    <Stack>
      {standing.isPending && <Skeleton height={200} />}
      <ProblemAlert error={standing.error} onRetry={() => void standing.refetch()} />
      {standing.data?.items.map(({ operator, present, since, due, inReview, policy, history }) => (
        <Panel key={operator.id} title={`Membership with ${operator.name}`}>
          <Stack>
            <Facts>
              <Fact name="Tier">{TIER_NAMES[present.tier]}</Fact>
              <Fact name="State">
                <StateMark tone={STATE_TONES[present.state]}>{STATE_NAMES[present.state]}</StateMark>
                {inReview && <Text size="sm">A review is open: until it is decided nothing of packages opens. The exchange stays open.</Text>}
              </Fact>
              <Fact name="Member since">
                <Instant value={since} />
              </Fact>
              <Fact name="Renewal due">
                <Instant value={due} />
              </Fact>
              <Fact name="Lapses">{present.until === null ? 'Never' : <Instant value={present.until} />}</Fact>
              <Fact name="Policy of the jurisdiction">
                {policy === null ? (
                  'None in force, so nothing of a package opens'
                ) : (
                  <>
                    {policyWords(policy)} {policy.basis}
                  </>
                )}
              </Fact>
            </Facts>
            <StandingTimeline history={history} />
          </Stack>
        </Panel>
      ))}
    </Stack>
  )
}
