import { Button, Skeleton, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useState, type ReactElement } from 'react'
import { useMay } from '../session/may.ts'
import { OnlyWith } from '../session/only-with.tsx'
import { useSession } from '../session/session.ts'
import { CopyText } from '../ui/copy-text.tsx'
import { Fact, Facts } from '../ui/facts.tsx'
import { formatSize } from '../ui/format-size.ts'
import { Instant } from '../ui/instant.tsx'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { CandidatesPanel } from './candidates-panel.tsx'
import { CoveragePanel, NotCheckedPanel } from './coverage-panel.tsx'
import { DeleteSubmission } from './delete-submission.tsx'
import { FindingsPanel } from './findings-panel.tsx'
import { ObjectsPanel } from './objects-panel.tsx'
import { ReportMenu } from './report-menu.tsx'
import { RulesPanel } from './rules-panel.tsx'
import { SeenPanel } from './seen-panel.tsx'
import { SubmissionState } from './submission-state.tsx'
import { isWaiting, reportQuery, submissionQuery, type ScanResultView, type SubmissionView } from './submissions.ts'
import { TLP_CHOICES } from './tlp.ts'
import { VerdictPanel, WaitingPanel } from './verdict-panel.tsx'

const page = getRouteApi('/signed-in/scanner/$id')

/** One submission: the verdict first, then what it leaves out, what proves it, and where that lies in the file. */
export function SubmissionPage(): ReactElement {
  return (
    <OnlyWith verb="submission.read">
      <OneSubmission />
    </OnlyWith>
  )
}

function OneSubmission(): ReactElement {
  const { id } = page.useParams()
  const submission = useQuery(submissionQuery(id))
  const report = useQuery({ ...reportQuery(id), enabled: submission.data?.state === 'done' })
  return (
    <Page
      title="Submission"
      lead={submission.data?.name ?? undefined}
      actions={submission.data && <Actions submission={submission.data} report={report.data} />}
    >
      {submission.isPending && <Skeleton height={240} />}
      <ProblemAlert error={submission.error} onRetry={() => void submission.refetch()} />
      {submission.data && (
        <Stack>
          {(isWaiting(submission.data) || submission.data.state === 'failed') && <WaitingPanel submission={submission.data} />}
          {submission.data.state === 'done' && report.isPending && <Skeleton height={240} />}
          <ProblemAlert error={report.error} onRetry={() => void report.refetch()} />
          {report.data && <Report result={report.data} />}
          <FilePanel submission={submission.data} />
        </Stack>
      )}
    </Page>
  )
}

function Report({ result }: { result: ScanResultView }): ReactElement {
  return (
    <>
      <VerdictPanel result={result} />
      {result.outcome !== 'not-scanned' && (
        <>
          <NotCheckedPanel report={result} />
          <FindingsPanel verdict={result.verdict} />
          <CandidatesPanel verdict={result.verdict} />
          {result.rules && <RulesPanel rules={result.rules} />}
          <ObjectsPanel report={result} />
          <SeenPanel verdict={result.verdict} />
          <CoveragePanel report={result} />
        </>
      )}
    </>
  )
}

function Actions({ submission, report }: { submission: SubmissionView; report: ScanResultView | undefined }): ReactElement {
  const session = useSession()
  const may = useMay()
  const [deleting, setDeleting] = useState(false)
  const own = session.kind === 'contact' || submission.organisation === null
  return (
    <>
      <ReportMenu submission={submission} report={report} />
      {may('submission.delete') && own && (
        <Button variant="default" onClick={() => setDeleting(true)}>
          Delete
        </Button>
      )}
      <DeleteSubmission submission={submission} opened={deleting} onClose={() => setDeleting(false)} />
    </>
  )
}

function FilePanel({ submission }: { submission: SubmissionView }): ReactElement {
  const { name, size, sha256, type, tlp, share, submittedBy, organisation, submittedAt, finishedAt } = submission
  const session = useSession()
  const members = organisation?.name ?? session.organisation.name
  return (
    <Panel title="The file">
      <Facts>
        <Fact name="Name">{name ?? 'None was given'}</Fact>
        <Fact name="SHA-256">
          <CopyText label="Copy the SHA-256" text={sha256} />
        </Fact>
        <Fact name="Size">
          {formatSize(size)}
          {size >= 1000 && ` (${size.toLocaleString('en')} bytes)`}
        </Fact>
        <Fact name="Type by content">{type ?? 'Not known'}</Fact>
        <Fact name="State">
          <SubmissionState submission={submission} />
        </Fact>
        <Fact name="TLP">
          <strong>TLP:{tlp}</strong> {TLP_CHOICES.find(({ label }) => label === tlp)?.meaning}
        </Fact>
        <Fact name="Sharing">{share ? 'The verdict is shared with the exchange as far as the TLP allows.' : 'Private: nothing is published.'}</Fact>
        <Fact name="Who sees this page">{organisation === null ? `Analysts of ${members}` : `The people of ${members}, and the operator’s analysts`}</Fact>
        <Fact name="Handed in">
          <Instant value={submittedAt} /> by {submittedBy.name}
          {organisation && <Text span>, {organisation.name}</Text>}
        </Fact>
        {finishedAt !== null && (
          <Fact name="Answered">
            <Instant value={finishedAt} />
          </Fact>
        )}
      </Facts>
    </Panel>
  )
}
