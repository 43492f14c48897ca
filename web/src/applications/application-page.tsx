import { Skeleton, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { OnlyWith } from '../session/only-with.tsx'
import { Fact, Facts } from '../ui/facts.tsx'
import { Instant } from '../ui/instant.tsx'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import { AnswersPanel } from './answers-panel.tsx'
import styles from './application.module.css'
import { applicationQuery, STATES, type View } from './applications.ts'
import { CriteriaPanel } from './criteria-panel.tsx'
import { DecisionPanel } from './decision-panel.tsx'
import { RecommendationPanel } from './recommendation-panel.tsx'
import { QuestionsPanel } from './questions-panel.tsx'

/** One application: its answers beside the criteria, and everything that leads to its decision. */
export function ApplicationPage(): ReactElement {
  return (
    <OnlyWith verb="application.list">
      <Application />
    </OnlyWith>
  )
}

function Application(): ReactElement {
  const { id } = useParams({ strict: false })
  const application = useQuery(applicationQuery(id ?? ''))
  if (!application.data) {
    return (
      <Page title="Application">
        {application.isPending && <Skeleton height={320} />}
        <ProblemAlert error={application.error} onRetry={() => void application.refetch()} />
      </Page>
    )
  }
  return <Shown view={application.data} />
}

function Shown({ view }: { view: View }): ReactElement {
  const [name, tone] = STATES[view.state]
  const organisation = view.answers['organisation'] as { legalName?: string } | undefined
  return (
    <Page
      title={organisation?.legalName ?? 'Application'}
      documentTitle="Application"
      lead={view.renewalOf ? `Renewal of the membership of ${view.renewalOf.name}` : `Application of a ${view.kind}`}
    >
      <Panel title="Where it stands">
        <Facts>
          <Fact name="State">
            <StateMark tone={tone}>{name}</StateMark>
          </Fact>
          <Fact name="Sent in">
            <Instant value={view.submittedAt} />
          </Fact>
          <Fact name="Criteria">
            <span className="mono">{view.set.id}</span>
          </Fact>
          <Fact name="Version of the answers">{view.answersVersion}</Fact>
          {view.email !== '' && <Fact name="Mail">{view.email}</Fact>}
        </Facts>
      </Panel>
      <div className={styles['columns']}>
        <Stack gap="lg">
          <CriteriaPanel view={view} />
        </Stack>
        <Stack gap="lg">
          {!view.renewalOf && <RecommendationPanel view={view} />}
          <DecisionPanel view={view} />
          <QuestionsPanel view={view} />
          <AnswersPanel view={view} />
        </Stack>
      </div>
      <Text size="sm" c="dimmed">
        Every judgement, question, decision and opened file is a leaf of the audit log.
      </Text>
    </Page>
  )
}
