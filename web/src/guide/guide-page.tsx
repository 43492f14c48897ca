import { Anchor, Badge, Button, Group, Stack, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactElement, ReactNode } from 'react'
import { csafAdvisory, EXAMPLE_ADVISORY } from '../../../examples/advisory.ts'
import { EXAMPLE_DOCUMENTS } from '../../../examples/documents.ts'
import { NotFoundPage } from '../shell/not-found-page.tsx'
import { useMay } from '../session/may.ts'
import { useSession } from '../session/session.ts'
import { download } from '../ui/download.ts'
import { Icon } from '../ui/icon.tsx'
import { Page } from '../ui/page.tsx'
import { SourceText } from '../ui/source-text.tsx'
import styles from './guide-page.module.css'
import { STEPS, type Step, type Task } from './steps.ts'

/** Leads a first-time visitor of the demonstration once around the loop; elsewhere the address leads nowhere. */
export function GuidePage(): ReactElement {
  const session = useSession()
  if (session.edition !== 'demo') return <NotFoundPage />
  return (
    <Page
      title="Guide"
      lead={`Six steps once around the loop. Each says whose turn it is; you are signed in as ${session.person.name}. Open the other links that the demonstration printed in windows of their own (private windows, or other browsers): one browser holds one person.`}
    >
      <ol className={styles['steps']}>
        {STEPS.map((step, at) => (
          <StepItem key={step.title} step={step} number={at + 1} />
        ))}
      </ol>
    </Page>
  )
}

function StepItem({ step, number }: { step: Step; number: number }): ReactElement {
  return (
    <li className={styles['step']}>
      <span className={styles['number']} aria-hidden>
        {number}
      </span>
      <div>
        <h2 className={styles['title']}>{step.title}</h2>
        <Text c="dimmed" size="sm" maw={760}>
          {step.why}
        </Text>
        <ul className={styles['tasks']}>
          {step.tasks.map((task) => (
            <TaskItem key={`${task.who} ${task.text}`} task={task} />
          ))}
        </ul>
      </div>
    </li>
  )
}

function TaskItem({ task }: { task: Task }): ReactElement {
  const may = useMay()
  const { who, text, at, gives } = task
  return (
    <li className={styles['task']}>
      <Badge variant="light" color="gray" tt="none" className={styles['who']}>
        {who}
      </Badge>
      <Stack gap={6}>
        <Text>
          {text}{' '}
          {at && (at.verb === undefined || may(at.verb)) && (
            <Anchor component={Link} to={at.to} underline="always">
              Open {at.label}
            </Anchor>
          )}
        </Text>
        {gives && GIVEN[gives]()}
      </Stack>
    </li>
  )
}

const GIVEN: Readonly<Record<NonNullable<Task['gives']>, () => ReactElement>> = {
  advisory: () => (
    <Group>
      <Save name="example-advisory.json" type="application/json" text={() => JSON.stringify(csafAdvisory(EXAMPLE_ADVISORY), null, 2)}>
        Save the example advisory
      </Save>
    </Group>
  ),
  documents: () => (
    <Stack gap={6}>
      {EXAMPLE_DOCUMENTS.map(({ name, shows, text }) => (
        <Group key={name} gap="sm" wrap="nowrap" align="flex-start">
          <Save name={name} type="application/octet-stream" text={() => text}>
            Save {name}
          </Save>
          <Text size="sm" c="dimmed">
            {shows}
          </Text>
        </Group>
      ))}
    </Stack>
  ),
  taxii: () => (
    <SourceText
      label="Command for a TAXII client"
      text={`curl -H 'Accept: application/taxii+json;version=2.1' -H "Authorization: Bearer $TOKEN" ${location.origin}/taxii2/`}
    />
  ),
  verify: () => <SourceText label="Command that checks the log" text="npx vedette log verify" />,
}

interface SaveProps {
  readonly name: string
  readonly type: string
  readonly text: () => string
  readonly children: ReactNode
}

function Save({ name, type, text, children }: SaveProps): ReactElement {
  return (
    <Button
      variant="default"
      size="compact-sm"
      className={styles['save']}
      leftSection={<Icon name="download" size={14} />}
      onClick={() => download(name, type, text())}
    >
      {children}
    </Button>
  )
}
