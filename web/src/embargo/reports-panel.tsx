import { Anchor, Button, Group, Skeleton, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState, type ReactElement } from 'react'
import { command } from '../api/client.ts'
import { useMay } from '../session/may.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import styles from '../ui/waiting-list.module.css'
import { ActButton } from './act-button.tsx'
import { alarmsQuery, CAUSE_NAME, reportsQuery, type Alarm, type Report } from './embargo.ts'
import { NO_END, ProposeEndDialog, type EndDraft } from './propose-end-dialog.tsx'

/** What members and staff reported, and packages that need a look. */
export function ReportsPanel(): ReactElement {
  const reports = useQuery(reportsQuery)
  const alarms = useQuery(alarmsQuery)
  const [draft, setDraft] = useState<{ name: string; start: EndDraft }>()
  const waiting = (alarms.data ?? []).filter(({ settled }) => settled === null)
  return (
    <Panel title="Reports and alarms" lead="A report ends nothing: it fills in a proposal, which takes two publishers." flush>
      {(reports.isPending || alarms.isPending) && <Skeleton height={90} radius={0} />}
      <ProblemAlert error={reports.error ?? alarms.error} onRetry={() => void Promise.all([reports.refetch(), alarms.refetch()])} />
      {reports.data?.length === 0 && waiting.length === 0 && (
        <EmptyState icon="eye" title="Nothing was reported">
          Who sees something of a package in public reports it on the page of the package.
        </EmptyState>
      )}
      <ul className={styles['list']}>
        {waiting.map((alarm) => (
          <OneAlarm key={alarm.id} alarm={alarm} />
        ))}
        {reports.data?.map((report) => (
          <OneReport key={report.id} report={report} onPropose={(start) => setDraft({ name: `${report.id}:${start.cve}`, start })} />
        ))}
      </ul>
      {draft && <ProposeEndDialog key={draft.name} {...draft} onClose={() => setDraft(undefined)} />}
    </Panel>
  )
}

function OneAlarm({ alarm }: { alarm: Alarm }): ReactElement {
  const may = useMay()
  const text =
    alarm.kind === 'shared-cve'
      ? 'The release of another package made public what this one is about. It opens by its own rule: decide whether its embargo ends early.'
      : 'The release instant has passed and it was not published. The embargo is over all the same, and the right to publish exists.'
  return (
    <li className={styles['item']}>
      <Stack gap={4} className={styles['body']}>
        <Group gap="sm">
          <Anchor component={Link} to={`/packages/${alarm.package}`} fw={600}>
            {alarm.title ?? 'Package'}
          </Anchor>
          <StateMark tone="bad">{alarm.kind === 'shared-cve' ? 'Look at it' : 'Not published'}</StateMark>
        </Group>
        <Text size="sm">{text}</Text>
        <Text size="sm" c="dimmed" component="div">
          Since <Instant value={alarm.raisedAt} />
        </Text>
      </Stack>
      {may('embargo-end.propose') && (
        <ActButton label="Settle" title="Settle the alarm" act={() => command('POST', `/api/embargo-alarms/${alarm.id}/settlement`)}>
          You have looked at it. Nothing else changes.
        </ActButton>
      )}
    </li>
  )
}

function OneReport({ report, onPropose }: { report: Report; onPropose: (start: EndDraft) => void }): ReactElement {
  const may = useMay()
  return (
    <li className={styles['item']}>
      <Stack gap={4} className={styles['body']}>
        <Group gap="sm">
          <strong>{CAUSE_NAME[report.cause]}</strong>
          <StateMark tone={report.handled ? 'off' : 'waiting'}>{report.handled ? 'Dealt with' : 'Waits'}</StateMark>
        </Group>
        {report.what && <Text className="break">“{report.what}”</Text>}
        <Text size="sm" c="dimmed" component="div">
          {report.by.name}
          {report.organisation && `, ${report.organisation}`} at <Instant value={report.at} /> about{' '}
          <Anchor component={Link} to={`/packages/${report.package}`} inherit>
            this package
          </Anchor>
        </Text>
      </Stack>
      {!report.handled && may('embargo-end.propose') && (
        <Group gap="xs">
          {report.prefilled.map(({ cve, cause, evidence, source }) => (
            <Button key={cve} size="compact-md" onClick={() => onPropose({ ...NO_END, cve, cause, evidence, source: source ?? '', report: report.id })}>
              Propose the end of {cve}
            </Button>
          ))}
          <ActButton label="Lay aside" title="Lay the report aside" act={() => command('POST', `/api/embargo-reports/${report.id}/dismissal`)}>
            Nothing of it is public. Whoever reported it can report again.
          </ActButton>
        </Group>
      )}
    </li>
  )
}
