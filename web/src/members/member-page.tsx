import { Anchor, Skeleton, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { ApiProblem } from '../api/problem.ts'
import { useMay } from '../session/may.ts'
import { OnlyWith } from '../session/only-with.tsx'
import { NotFoundPage } from '../shell/not-found-page.tsx'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { ChangeActions } from './change-actions.tsx'
import { ChangesPanel } from './changes-panel.tsx'
import { CouldReadPanel } from './could-read-panel.tsx'
import { MemberFactsPanel } from './member-facts-panel.tsx'
import { memberQuery } from './members.ts'
import { StandingTimeline } from './standing-timeline.tsx'

/** One member of the operator: each matter of it is a panel of its own. */
export function MemberPage(): ReactElement {
  return (
    <OnlyWith verb="standing.read">
      <OneMember />
    </OnlyWith>
  )
}

function OneMember(): ReactElement {
  const { id } = useParams({ from: '/signed-in/members/$id' })
  const found = useQuery(memberQuery(id))
  const may = useMay()
  if (found.error instanceof ApiProblem && (found.error.code === 'NOT_FOUND' || found.error.code === 'VALIDATION_FAILED')) return <NotFoundPage />
  const member = found.data
  return (
    <Page
      title={member?.organisation.name ?? 'Member'}
      documentTitle="Member"
      lead={
        <Anchor component={Link} to="/members" size="sm">
          All members
        </Anchor>
      }
      actions={member && may('standing.change') && <ChangeActions member={member} />}
    >
      <ProblemAlert error={found.error} onRetry={() => void found.refetch()} />
      {found.isPending && <Skeleton height={240} />}
      {member && (
        <Stack>
          <MemberFactsPanel member={member} />
          <ChangesPanel member={member} which="waiting" />
          <Panel title="Standing over time" lead="What opens to a member depends on what it held without a break since the window opened.">
            <StandingTimeline history={member.history} />
          </Panel>
          <ChangesPanel member={member} which="past" />
          {may('standing.could-read') && <CouldReadPanel member={member} />}
        </Stack>
      )}
    </Page>
  )
}
