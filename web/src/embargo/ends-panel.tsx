import { Anchor, Button, Checkbox, Group, Skeleton, Stack, Text, Textarea } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState, type ReactElement } from 'react'
import { EmbargoEndView } from '#program/embargo/contract.ts'
import { post } from '../api/client.ts'
import { useMay } from '../session/may.ts'
import { useSession } from '../session/session.ts'
import { useDraft } from '../ui/draft.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { StateMark, type Tone } from '../ui/state-mark.tsx'
import styles from '../ui/waiting-list.module.css'
import { ActButton } from './act-button.tsx'
import { CAUSE_NAME, endsQuery, type End } from './embargo.ts'
import { FormDialog } from './form-dialog.tsx'
import { NO_END, ProposeEndDialog } from './propose-end-dialog.tsx'

const STATES: Readonly<Record<End['state'], readonly [Tone, string]>> = {
  proposed: ['waiting', 'Waits for a second publisher'],
  refused: ['off', 'Refused: the embargo stands'],
  ended: ['on', 'Ended'],
  'false-alarm-proposed': ['bad', 'Ended; called a false alarm'],
  revoked: ['off', 'A false alarm: the embargo stands'],
}

/** Early ends of embargoes: what waits, what is over, and what was taken back. */
export function EndsPanel(): ReactElement {
  const ends = useQuery(endsQuery)
  const may = useMay()
  const [proposing, setProposing] = useState(false)
  const main = (ends.data ?? []).filter(({ derivedFrom }) => derivedFrom === null)
  return (
    <Panel
      title="Early ends"
      lead="At the second confirmation the embargo of a vulnerability is over, and everybody concerned is told. It gives the right to publish, and no duty."
      actions={
        may('embargo-end.propose') && (
          <Button variant="default" onClick={() => setProposing(true)}>
            Propose an early end
          </Button>
        )
      }
      flush
    >
      {ends.isPending && <Skeleton height={120} radius={0} />}
      <ProblemAlert error={ends.error} onRetry={() => void ends.refetch()} />
      {ends.data?.length === 0 && (
        <EmptyState icon="shield" title="No embargo has ended early">
          When something under embargo is public or exploited, one publisher proposes its end and another confirms it.
        </EmptyState>
      )}
      <ul className={styles['list']}>
        {main.map((end) => (
          <OneEnd key={end.id} end={end} derived={ends.data!.filter(({ derivedFrom }) => derivedFrom === end.id)} />
        ))}
      </ul>
      {proposing && <ProposeEndDialog name="new" start={NO_END} onClose={() => setProposing(false)} />}
    </Panel>
  )
}

function OneEnd({ end, derived }: { end: End; derived: readonly End[] }): ReactElement {
  const [tone, state] = STATES[end.state]
  return (
    <li className={styles['item']}>
      <Stack gap={4} className={styles['body']}>
        <Group gap="sm">
          <strong>{end.cve ?? 'A vulnerability'}</strong>
          <StateMark tone={tone}>{state}</StateMark>
        </Group>
        <Text size="sm">
          {CAUSE_NAME[end.cause]}
          {end.evidence && <>: “{end.evidence}”</>}
        </Text>
        {end.source && (
          <Anchor size="sm" href={end.source} rel="noreferrer noopener" target="_blank" className="break">
            {end.source}
          </Anchor>
        )}
        {derived.map((one) => (
          <Text key={one.id} size="sm" component="div">
            Derivable: {one.cve ?? 'another'} <StateMark tone={STATES[one.state][0]}>{STATES[one.state][1]}</StateMark>
          </Text>
        ))}
        <Text size="sm" c="dimmed" component="div">
          Proposed by {end.proposed.by.name} at <Instant value={end.proposed.at} />
          {end.confirmed && (
            <>
              ; ended by {end.confirmed.by.name} at <Instant value={end.confirmed.at} />; {end.told.people} told, {end.told.mailed} mails written
            </>
          )}
          {end.published && (
            <>
              ; published at <Instant value={end.published.at} />
            </>
          )}
        </Text>
        {end.falseAlarm && (
          <Text size="sm" component="div">
            {end.falseAlarm.by.name} calls it a false alarm{end.falseAlarm.reason && <>: “{end.falseAlarm.reason}”</>}
          </Text>
        )}
        <Group gap="xs">
          {end.packages.map(({ id, title, endedAt }) => (
            <Anchor key={id} component={Link} to={`/packages/${id}`} size="sm">
              {title ?? 'Package'} {endedAt ? '(open to every tier)' : '(keeps its windows)'}
            </Anchor>
          ))}
        </Group>
      </Stack>
      <Actions end={end} derived={derived} />
    </li>
  )
}

function Actions({ end, derived }: { end: End; derived: readonly End[] }): ReactElement | null {
  const may = useMay()
  const self = useSession().person.id
  const [derivable, setDerivable] = useState<string[]>([])
  const act = (step: string, body?: unknown) => () => post(EmbargoEndView, `/api/embargo-ends/${end.id}/${step}`, body)
  if (!may('embargo-end.confirm')) return null
  if (end.state === 'proposed')
    return (
      <Group gap="xs">
        {end.proposed.by.id === self ? (
          <Text size="sm" c="dimmed">
            You proposed it, so another publisher has to confirm it.
          </Text>
        ) : (
          <ActButton label="Confirm the end" title={`End the embargo of ${end.cve ?? 'this vulnerability'}`} act={act('confirmation', { derivable })} primary>
            <Text mb="sm">
              The embargo ends the moment you confirm. Everybody who holds a package that names it, and everybody to whom one will still open, is told at once.
              It can be taken back only as a false alarm, and only before anything is published.
            </Text>
            {derived.length > 0 && (
              <Checkbox.Group label="Derivable from it, so that they end as well" value={derivable} onChange={setDerivable}>
                <Stack gap={4} mt={4}>
                  {derived.map((one) => one.cve && <Checkbox key={one.id} value={one.cve} label={one.cve} />)}
                </Stack>
              </Checkbox.Group>
            )}
          </ActButton>
        )}
        <ActButton label="Refuse" title="Refuse the early end" act={act('refusal')}>
          The embargo stands as it does. An end can be proposed again at any time.
        </ActButton>
      </Group>
    )
  if (end.state === 'ended' && !end.published)
    return (
      <Group gap="xs">
        <ActButton label="Record publication" title="Record that it was published" act={act('publication')}>
          From then on the end cannot be taken back.
        </ActButton>
        <FalseAlarmButton end={end} />
      </Group>
    )
  if (end.state === 'false-alarm-proposed')
    return end.falseAlarm!.by.id === self ? (
      <Text size="sm" c="dimmed">
        Another publisher has to agree.
      </Text>
    ) : (
      <ActButton label="Confirm the false alarm" title="Let the embargo stand again" act={act('false-alarm/confirmation')}>
        The embargo stands again at once and everybody who was told is told so. What was received stays received; nothing further opens before its window.
      </ActButton>
    )
  return null
}

function FalseAlarmButton({ end }: { end: End }): ReactElement {
  const [opened, setOpened] = useState(false)
  const { values, set, clear } = useDraft(`false-alarm:${end.id}`, { reason: '' })
  return (
    <>
      <Button size="compact-md" variant="default" onClick={() => setOpened(true)}>
        False alarm
      </Button>
      <FormDialog
        opened={opened}
        onClose={() => setOpened(false)}
        title="Call it a false alarm"
        submit="Propose"
        send={() => post(EmbargoEndView, `/api/embargo-ends/${end.id}/false-alarm`, values)}
        onSent={clear}
      >
        <Textarea
          label="Why nothing of it is public"
          required
          autosize
          minRows={3}
          value={values.reason}
          onChange={(event) => set({ reason: event.currentTarget.value })}
        />
        <Text size="sm">The end stands until a second publisher agrees.</Text>
      </FormDialog>
    </>
  )
}
