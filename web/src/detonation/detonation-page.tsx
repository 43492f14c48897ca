import { Anchor, Skeleton, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { submissionQuery } from '../scanner/submissions.ts'
import { OnlyWith } from '../session/only-with.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { CrashPanel } from './crash-panel.tsx'
import { detonationQuery, detonationsQuery, joinedQuery, signalsOfRuns, type DetonationReport, type RunView } from './detonations.ts'
import { HappeningsPanel } from './happenings-panel.tsx'
import { LeftFilesPanel } from './left-files-panel.tsx'
import { NetworkPanel } from './network-panel.tsx'
import { NotWatchedPanel } from './not-watched-panel.tsx'
import { PagePanels } from './page-panels.tsx'
import { PicturesPanel } from './pictures-panel.tsx'
import { ProcessesPanel } from './processes-panel.tsx'
import { RunMatrix } from './run-matrix.tsx'
import { SignalsPanel } from './signals-panel.tsx'
import { SummaryPanel } from './summary-panel.tsx'
import { runTitle, runWords } from './words.ts'

const page = getRouteApi('/signed-in/scanner/$id/detonations/$detonation')

/** What one detonation showed: the answer first, then what proves it, then everything that was seen. */
export function DetonationPage(): ReactElement {
  return (
    <OnlyWith verb="submission.read">
      <OneDetonation />
    </OnlyWith>
  )
}

function OneDetonation(): ReactElement {
  const { id, detonation } = page.useParams()
  const submission = useQuery(submissionQuery(id))
  const runs = useQuery(detonationsQuery(id, submission.data?.state === 'detonating'))
  const joined = useQuery({ ...joinedQuery(id), enabled: submission.data?.state === 'done' })
  const run = runs.data?.items.find((one) => one.id === detonation)
  const report = useQuery({ ...detonationQuery(id, detonation), enabled: run !== undefined && run.end !== null })
  return (
    <Page title={run ? runTitle(run) : 'Detonation'} lead={<Back id={id} name={submission.data?.name ?? undefined} />}>
      <ProblemAlert error={submission.error ?? runs.error} onRetry={() => void runs.refetch()} />
      {(runs.isPending || (run?.end && report.isPending)) && <Skeleton height={240} />}
      <ProblemAlert error={report.error} onRetry={() => void report.refetch()} />
      {runs.data && (
        <Stack>
          {run === undefined && <EmptyState icon="question" title="This submission has no such detonation" />}
          {run && run.end === null && <NoResult run={run} />}
          {run && report.data && <Showed run={run} report={report.data} address={submission.data?.kind === 'page' ? submission.data.name : null} id={id} />}
          {runs.data.items.length > 1 && (
            <Panel title="All runs of this submission" flush>
              <RunMatrix submission={id} runs={runs.data.items} signals={signalsOfRuns(runs.data.items, joined.data)} here={detonation} />
            </Panel>
          )}
        </Stack>
      )}
    </Page>
  )
}

function Back({ id, name }: { id: string; name: string | undefined }): ReactElement {
  return (
    <span className="break">
      <Anchor component={Link} to={`/scanner/${id}`} inherit underline="always">
        Submission
      </Anchor>{' '}
      {name}
    </span>
  )
}

function NoResult({ run }: { run: RunView }): ReactElement {
  const why =
    run.failure?.detail ?? (run.state === 'ended' ? 'The operator holds back what was seen.' : 'What it shows can be read here as soon as it has ended.')
  return (
    <Panel title="What it showed">
      <EmptyState icon={run.state === 'ended' ? 'lock' : 'clock'} title={runWords(run)}>
        {why}
      </EmptyState>
    </Panel>
  )
}

interface ShowedProps {
  readonly id: string
  readonly run: RunView
  readonly report: DetonationReport
  /** Of the page that was opened; null for a file. */
  readonly address: string | null
}

function Showed({ id, run, report, address }: ShowedProps): ReactElement {
  const at = `/api/submissions/${id}/detonations/${run.id}`
  return (
    <>
      <SummaryPanel run={run} report={report} />
      <SignalsPanel report={report} />
      <CrashPanel report={report} />
      <PicturesPanel report={report} at={at} />
      <PagePanels report={report} address={address} />
      <NetworkPanel run={run} report={report} />
      <ProcessesPanel report={report} />
      <HappeningsPanel report={report} />
      <LeftFilesPanel report={report} submission={id} detonation={run.id} />
      <NotWatchedPanel report={report} />
    </>
  )
}
