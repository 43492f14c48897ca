import { Button, Checkbox, Group, NativeSelect, Skeleton, Stack, Text, Textarea } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { BreachView } from '#program/embargo/breach/contract.ts'
import { post } from '../api/client.ts'
import { useMay } from '../session/may.ts'
import { useSession } from '../session/session.ts'
import { useDraft } from '../ui/draft.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { Fact, Facts } from '../ui/facts.tsx'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { StateMark, type Tone } from '../ui/state-mark.tsx'
import styles from '../ui/waiting-list.module.css'
import { ActButton } from './act-button.tsx'
import { breachesQuery, type Breach } from './embargo.ts'
import { FormDialog } from './form-dialog.tsx'

const STATES: Readonly<Record<Breach['state'], readonly [Tone, string]>> = {
  reported: ['waiting', 'Waits for a tracer'],
  'in-triage': ['waiting', 'Looked into'],
  'decision-proposed': ['waiting', 'Decision waits for a second person'],
  decided: ['on', 'Decided'],
}
const OUTCOMES = { breach: 'It was a breach', 'no-breach': 'It was none', unproven: 'It could not be shown' }

/** Breach reports, as the operator handles them. */
export function BreachesPanel(): ReactElement {
  const breaches = useQuery(breachesQuery)
  return (
    <Panel title="Breach reports" lead="Whom a report is about is named to nobody outside before two people have decided that it may be." flush>
      {breaches.isPending && <Skeleton height={90} radius={0} />}
      <ProblemAlert error={breaches.error} onRetry={() => void breaches.refetch()} />
      {breaches.data?.length === 0 && <EmptyState icon="flag" title="No breach was reported" />}
      <ul className={styles['list']}>
        {breaches.data?.map((breach) => (
          <OneBreach key={breach.id} breach={breach} />
        ))}
      </ul>
    </Panel>
  )
}

function OneBreach({ breach }: { breach: Breach }): ReactElement {
  const [tone, state] = STATES[breach.state]
  return (
    <li className={styles['item']}>
      <Stack gap={6} className={styles['body']}>
        <Group gap="sm">
          <strong>{breach.organisation ?? 'Our own staff'} reported</strong>
          <StateMark tone={tone}>{breach.decision?.decided ? OUTCOMES[breach.decision.outcome] : state}</StateMark>
        </Group>
        <Facts>
          {breach.said && (
            <>
              <Fact name="What">{breach.said.what}</Fact>
              <Fact name="To whom">{breach.said.toWhom}</Fact>
              <Fact name="How learnt">{breach.said.learnt}</Fact>
              <Fact name="Prevention">{breach.said.prevention}</Fact>
            </>
          )}
          <Fact name="Since">
            <Instant value={breach.since} />
          </Fact>
          {breach.accused && <Fact name="About">{breach.accused.name}</Fact>}
          {breach.messages.map((message) => (
            <Fact key={message.id} name={`Told ${message.readers} members`}>
              “{message.body ?? '…'}”
            </Fact>
          ))}
        </Facts>
      </Stack>
      <BreachActions breach={breach} />
    </li>
  )
}

function BreachActions({ breach }: { breach: Breach }): ReactElement {
  const may = useMay()
  const self = useSession().person.id
  const { decision, state, id } = breach
  const act = (step: string, body?: unknown) => () => post(BreachView, `/api/breach-reports/${id}/${step}`, body)
  return (
    <Group gap="xs">
      {state === 'reported' && may('breach.triage') && (
        <ActButton label="Take on" title="Take the report on" act={act('triage', {})}>
          You look into it. It goes on record that you do.
        </ActButton>
      )}
      {may('breach.triage') && <TellButton breach={breach} />}
      {(state === 'in-triage' || state === 'reported') && may('breach.decide') && <DecideButton breach={breach} />}
      {state === 'decision-proposed' &&
        may('breach.confirm') &&
        (decision!.proposed.by.id === self ? (
          <Text size="sm" c="dimmed">
            Another person has to confirm it.
          </Text>
        ) : (
          <ActButton
            label="Confirm the decision"
            title="Confirm the decision"
            act={act('decision/confirmation', { proposedAt: decision!.proposed.at })}
            primary
          >
            {OUTCOMES[decision!.outcome]}. {decision!.reasons && <>“{decision!.reasons}”</>}{' '}
            {decision!.namesAccused ? `${breach.accused?.name ?? 'The member'} may be named from then on.` : 'Nobody is named.'}
          </ActButton>
        ))}
    </Group>
  )
}

function TellButton({ breach }: { breach: Breach }): ReactElement {
  const [opened, setOpened] = useState(false)
  const { values, set, clear } = useDraft(`breach-message:${breach.id}`, { body: '', readers: breach.package ? 'holders' : 'members' })
  return (
    <>
      <Button size="compact-md" variant="default" onClick={() => setOpened(true)}>
        Tell members
      </Button>
      <FormDialog
        opened={opened}
        onClose={() => setOpened(false)}
        title="Tell members what they must know"
        submit="Send"
        send={() => post(BreachView, `/api/breach-reports/${breach.id}/messages`, values)}
        onSent={clear}
      >
        <NativeSelect
          label="To"
          data={[...(breach.package ? [{ value: 'holders', label: 'Members that hold the package' }] : []), { value: 'members', label: 'Every member' }]}
          value={values.readers}
          onChange={(event) => set({ readers: event.currentTarget.value })}
        />
        <Textarea
          label="Message"
          description="They read exactly this. It may name no member before the decision."
          required
          autosize
          minRows={3}
          value={values.body}
          onChange={(event) => set({ body: event.currentTarget.value })}
        />
      </FormDialog>
    </>
  )
}

function DecideButton({ breach }: { breach: Breach }): ReactElement {
  const [opened, setOpened] = useState(false)
  const { values, set, clear } = useDraft(`breach:${breach.id}`, { outcome: 'unproven', namesAccused: false, reasons: '' })
  return (
    <>
      <Button size="compact-md" variant="default" onClick={() => setOpened(true)}>
        Propose a decision
      </Button>
      <FormDialog
        opened={opened}
        onClose={() => setOpened(false)}
        title="Propose a decision"
        submit="Propose"
        send={() => post(BreachView, `/api/breach-reports/${breach.id}/decision`, values)}
        onSent={clear}
      >
        <NativeSelect
          label="Outcome"
          data={Object.entries(OUTCOMES).map(([value, label]) => ({ value, label }))}
          value={values.outcome}
          onChange={(event) => set({ outcome: event.currentTarget.value })}
        />
        {breach.accused && (
          <Checkbox
            label={`${breach.accused.name} may be named after it`}
            checked={values.namesAccused}
            onChange={(event) => set({ namesAccused: event.currentTarget.checked })}
          />
        )}
        <Textarea label="Reasons" required autosize minRows={3} value={values.reasons} onChange={(event) => set({ reasons: event.currentTarget.value })} />
      </FormDialog>
    </>
  )
}
