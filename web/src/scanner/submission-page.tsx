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
import { CancelButton } from './cancel-button.tsx'
import { CoveragePanel, NotCheckedPanel } from './coverage-panel.tsx'
import { DeleteSubmission } from './delete-submission.tsx'
import { EnvironmentsPanel } from '../detonation/environments-panel.tsx'
import { FindingsPanel } from './findings-panel.tsx'
import { FoundIn, FoundPanel } from './found-panel.tsx'
import { ObjectsPanel } from './objects-panel.tsx'
import { ReportMenu } from './report-menu.tsx'
import { RulesPanel } from './rules-panel.tsx'
import { SeenPanel } from './seen-panel.tsx'
import { SubmissionState } from './submission-state.tsx'
import { wishedWords } from './opening-options.ts'
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
  const state = submission.data?.state ?? 'queued'
  // What the bytes say is read as soon as it is there: before environments have shown theirs, and after a cancellation.
  const scanned = submission.data !== undefined && submission.data.outcome !== null
  const report = useQuery({ ...reportQuery(id, state), enabled: scanned })
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
          {(submission.data.state === 'failed' || (isWaiting(submission.data) && !scanned)) && <WaitingPanel submission={submission.data} scanned={scanned} />}
          {scanned && report.isPending && <Skeleton height={240} />}
          <ProblemAlert error={report.error} onRetry={() => void report.refetch()} />
          {report.data && <Report result={report.data} submission={submission.data} />}
          <FilePanel submission={submission.data} />
        </Stack>
      )}
    </Page>
  )
}

function Report({ result, submission }: { result: ScanResultView; submission: SubmissionView }): ReactElement {
  return (
    <>
      <VerdictPanel result={result} submission={submission} />
      <EnvironmentsPanel submission={submission} report={result} />
      {!isWaiting(submission) && <FoundPanel submission={submission} />}
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
      {may('submission.cancel') && own && isWaiting(submission) && <CancelButton id={submission.id} />}
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
  const { kind, name, parent, size, sha256, type, tlp, share, submittedBy, organisation, submittedAt, finishedAt } = submission
  const foundIn = useQuery({ ...submissionQuery(parent ?? ''), enabled: parent !== null })
  const wished = wishedWords(submission.options)
  const session = useSession()
  const members = organisation?.name ?? session.organisation.name
  return (
    <Panel title={kind === 'page' ? 'The page' : 'The file'}>
      <Facts>
        <Fact name={kind === 'page' ? 'Address' : 'Name'}>
          <span className="break">{name ?? 'None was given'}</span>
        </Fact>
        {parent !== null && (
          <Fact name="Found in">
            <FoundIn parent={foundIn} />
          </Fact>
        )}
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
        {wished !== undefined && <Fact name="To be opened">{wished}</Fact>}
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
