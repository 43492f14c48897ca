import { Anchor, Skeleton, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useMay } from '../session/may.ts'
import { OnlyWith } from '../session/only-with.tsx'
import { useSession } from '../session/session.ts'
import { DataTable, type Column } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Instant } from '../ui/instant.tsx'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import styles from './scanner-page.module.css'
import { SubmissionState, stateWords } from './submission-state.tsx'
import { submissionsQuery, titleOf, type SubmissionView } from './submissions.ts'
import { SubmitPanel } from './submit-panel.tsx'
import { VerdictMark } from './verdict-mark.tsx'
import { verdictWords } from './verdict-words.ts'

const COLUMNS: readonly Column<SubmissionView>[] = [
  {
    key: 'name',
    header: 'File',
    text: titleOf,
    cell: (row) => (
      <Anchor component={Link} to={`/scanner/${row.id}`} className={row.name === null ? styles['unnamed'] : styles['name']} inherit>
        {titleOf(row)}
      </Anchor>
    ),
  },
  { key: 'verdict', header: 'Verdict', text: (row) => verdictWords(row).words, cell: (row) => <VerdictMark submission={row} /> },
  {
    key: 'cves',
    header: 'Vulnerabilities',
    text: ({ cves }) => cves.join(' '),
    cell: ({ cves }) =>
      cves.map((cve) => (
        <div key={cve} className="nowrap">
          {cve}
        </div>
      )),
  },
  { key: 'type', header: 'Type', text: ({ type }) => type ?? '' },
  {
    key: 'tlp',
    header: 'TLP',
    text: ({ tlp, share }) => `TLP:${tlp} ${share ? 'shared' : 'private'}`,
    cell: ({ tlp, share }) => (
      <span className="nowrap">
        TLP:{tlp}
        <span className={styles['second']}>{share ? 'shared' : 'private'}</span>
      </span>
    ),
  },
  { key: 'state', header: 'State', text: stateWords, cell: (row) => <SubmissionState submission={row} /> },
  { key: 'submitted', header: 'Handed in', text: ({ submittedAt }) => submittedAt, cell: ({ submittedAt }) => <Instant value={submittedAt} /> },
]
const PERSON: Column<SubmissionView> = { key: 'by', header: 'By', text: ({ submittedBy }) => submittedBy.name }
/** For the operator, whose members hand in too. */
const PERSON_AND_ORGANISATION: Column<SubmissionView> = {
  key: 'by',
  header: 'By',
  text: ({ submittedBy, organisation }) => `${organisation?.name ?? 'Own people'} ${submittedBy.name}`,
  cell: ({ submittedBy, organisation }) => (
    <span className="nowrap">
      {organisation?.name ?? 'Own people'}
      <span className={styles['second']}>{submittedBy.name}</span>
    </span>
  ),
}

/** Files handed in to be scanned, and handing in more. */
export function ScannerPage(): ReactElement {
  return (
    <OnlyWith verb="submission.list">
      <Scanner />
    </OnlyWith>
  )
}

function Scanner(): ReactElement {
  const session = useSession()
  const may = useMay()
  const submissions = useQuery(submissionsQuery)
  const isOperator = session.kind === 'operator'
  return (
    <Page title="Scanner" lead="Does a document try to exploit a vulnerability, which one, and what proves it?">
      <Stack>
        {may('submission.submit') && <SubmitPanel />}
        <Panel
          title="Submissions"
          lead={
            isOperator
              ? 'Of your own people and of the member organisations; nobody else sees them.'
              : `Seen by ${session.organisation.name} and the operator’s analysts only.`
          }
          flush
        >
          {submissions.isPending && <Skeleton height={240} radius={0} />}
          <ProblemAlert error={submissions.error} onRetry={() => void submissions.refetch()} />
          {submissions.data && (
            <DataTable
              label="Submissions"
              columns={[...COLUMNS, isOperator ? PERSON_AND_ORGANISATION : PERSON]}
              rows={submissions.data}
              rowKey={({ id }) => id}
              empty={
                <EmptyState icon="scan" title="Nothing was handed in yet">
                  {may('submission.submit')
                    ? 'Drop a file above; its verdict appears here within seconds.'
                    : 'An analyst of your organisation can hand in files.'}
                </EmptyState>
              }
            />
          )}
        </Panel>
      </Stack>
    </Page>
  )
}
