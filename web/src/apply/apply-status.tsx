import { Button, Group, Stack, Text, Title } from '@mantine/core'
import type { ReactElement } from 'react'
import { Fact, Facts } from '../ui/facts.tsx'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { StateMark, type Tone } from '../ui/state-mark.tsx'
import type { OpenedProps } from './apply-form.tsx'
import styles from './apply.module.css'
import { STATES, type Own } from './own-application.ts'
import { Rounds } from './rounds.tsx'
import { WithdrawButton } from './withdraw-button.tsx'

const OUTCOMES: Readonly<Record<'met' | 'not-met' | 'waived', readonly [string, Tone]>> = {
  met: ['Met', 'on'],
  'not-met': ['Not met', 'bad'],
  waived: ['Waived', 'waiting'],
}

/** What has become of an application that was sent in. */
export function ApplyStatus({ token, own, onChange, onLeave }: OpenedProps): ReactElement {
  const { name, tone, next } = STATES[own.state]
  return (
    <>
      <div>
        <Title order={1}>{own.renewalOf ? `Renewal of ${own.renewalOf}` : `Application to ${own.operator.name}`}</Title>
        <Text maw={720}>{next}</Text>
      </div>
      <Panel title="Where it stands">
        <Facts>
          <Fact name="State">
            <StateMark tone={tone}>{name}</StateMark>
          </Fact>
          {own.submittedAt && (
            <Fact name="Sent in">
              <Instant value={own.submittedAt} />
            </Fact>
          )}
          <Fact name="Criteria">
            <span className="mono">{own.set.id}</span>
          </Fact>
          <Fact name="Evidence">{own.evidence.length === 0 ? 'None' : own.evidence.map((file) => file.name).join(', ')}</Fact>
          <Fact name="This link works until">
            <Instant value={own.expiresAt} />
          </Fact>
        </Facts>
      </Panel>
      {own.decision && <Decision own={own} decision={own.decision} />}
      <Rounds own={own} />
      <Group gap="xs">
        <Button variant="default" size="compact-sm" onClick={onLeave}>
          Close on this computer
        </Button>
        {own.state === 'in-review' && <WithdrawButton {...{ token, own, onChange, onLeave }} version={own.version} />}
      </Group>
    </>
  )
}

function Decision({ own, decision }: { own: Own; decision: NonNullable<Own['decision']> }): ReactElement {
  const titleOf = (id: string) => own.set.criteria.find((one) => one.id === id)?.title ?? id
  return (
    <Panel
      title="The decision"
      lead={
        <>
          Decided at <Instant value={decision.decidedAt} />
          {decision.tier && `; tier ${decision.tier}`}
        </>
      }
    >
      <Stack>
        <Text className={styles['said']}>{decision.reason}</Text>
        <ul className={styles['files']}>
          {decision.judgements.map((one) => (
            <li key={one.criterion} className={styles['criterion']}>
              <Group gap="xs">
                <StateMark tone={OUTCOMES[one.outcome][1]}>{OUTCOMES[one.outcome][0]}</StateMark>
                <strong>{titleOf(one.criterion)}</strong>
              </Group>
              <Text size="sm" className={styles['said']}>
                {one.reason}
              </Text>
            </li>
          ))}
        </ul>
      </Stack>
    </Panel>
  )
}
