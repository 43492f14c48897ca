import { Anchor, Table } from '@mantine/core'
import { useQuery, type UseQueryResult } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { ApiProblem } from '../api/problem.ts'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { SimpleTable } from '../ui/simple-table.tsx'
import { SubmissionState } from './submission-state.tsx'
import { foundQuery, titleOf, type SubmissionView } from './submissions.ts'
import { VerdictMark } from './verdict-mark.tsx'

/** What a submission left or handed out when it was opened, each scanned in turn; nothing is drawn where it was nothing. */
export function FoundPanel({ submission }: { submission: SubmissionView }): ReactElement | null {
  const found = useQuery(foundQuery(submission.id))
  if (found.error) return <ProblemAlert error={found.error} onRetry={() => void found.refetch()} />
  if (!found.data || found.data.length === 0) return null
  return (
    <Panel title="Found in it" lead="Files that it left or handed out when it was opened. Each was scanned in turn, under the same marking." flush>
      <SimpleTable label="Found in it" headers={['File', 'Verdict', 'Type', 'State']}>
        {found.data.map((one) => (
          <Table.Tr key={one.id}>
            <Table.Td className="break">
              <Anchor component={Link} to={`/scanner/${one.id}`} inherit>
                {titleOf(one)}
              </Anchor>
            </Table.Td>
            <Table.Td>
              <VerdictMark submission={one} />
            </Table.Td>
            <Table.Td>{one.type ?? ''}</Table.Td>
            <Table.Td>
              <SubmissionState submission={one} />
            </Table.Td>
          </Table.Tr>
        ))}
      </SimpleTable>
    </Panel>
  )
}

/** The submission that something was found in, by its name. */
export function FoundIn({ parent: { data, error, refetch } }: { parent: UseQueryResult<SubmissionView> }): ReactElement | null {
  if (error instanceof ApiProblem && error.code === 'NOT_FOUND') return <>It was deleted.</>
  if (error) return <ProblemAlert error={error} onRetry={() => void refetch()} />
  if (!data) return null
  return (
    <Anchor component={Link} to={`/scanner/${data.id}`} className="break" inherit>
      {titleOf(data)}
    </Anchor>
  )
}
