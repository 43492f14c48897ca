import { Text } from '@mantine/core'
import type { ReactElement } from 'react'
import { Fact, Facts } from '../ui/facts.tsx'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import type { MemberStanding } from './members.ts'
import { policyWords, STATE_NAMES, STATE_TONES, TIER_NAMES } from './words.ts'

/** What a member holds now. */
export function MemberFactsPanel({ member: { organisation, present, since, due, policy, review } }: { member: MemberStanding }): ReactElement {
  return (
    <Panel title="Membership">
      <Facts>
        <Fact name="Kind">{organisation.kind === 'vendor' ? 'Security vendor' : 'Responder'}</Fact>
        <Fact name="Tier">{TIER_NAMES[present.tier]}</Fact>
        <Fact name="State">
          <StateMark tone={STATE_TONES[present.state]}>{STATE_NAMES[present.state]}</StateMark>
          {review !== null && <Text size="sm">A review is open and waits for the decision of another officer.</Text>}
        </Fact>
        <Fact name="Member since">
          <Instant value={since} />
        </Fact>
        <Fact name="Renewal due">
          <Instant value={due} />
        </Fact>
        <Fact name="Lapses">{present.until === null ? 'Never' : <Instant value={present.until} />}</Fact>
        <Fact name="Jurisdiction policy">
          {policy === null ? (
            <StateMark tone="bad">{present.jurisdiction ?? 'None'}: not in force, so nothing of a package opens</StateMark>
          ) : (
            <>
              {policy.policy}
              <Text size="sm" c="dimmed">
                {policyWords(policy)} {policy.basis}
              </Text>
            </>
          )}
        </Fact>
      </Facts>
    </Panel>
  )
}
