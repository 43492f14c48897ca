import { Button, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState, type ReactElement } from 'react'
import { useMay } from '../session/may.ts'
import { useSession, type SessionView } from '../session/session.ts'
import { Icon } from '../ui/icon.tsx'
import { ReviseDialog } from '../versions/revise-dialog.tsx'
import { ScheduleRevisionDialog } from '../versions/schedule-revision-dialog.tsx'
import { versionsQuery, type VersionLine } from '../versions/versions.ts'
import { ApproveDialog } from './approve-dialog.tsx'
import styles from './package-actions.module.css'
import type { Package } from './packages.ts'
import { ReturnDialog } from './return-dialog.tsx'
import { ScheduleDialog } from './schedule-dialog.tsx'
import { SubmitDialog } from './submit-dialog.tsx'

type Step = 'submit' | 'return' | 'approve' | 'schedule' | 'revise'

/** What the signed-in person may do with a version in its state; where another person is needed, it says why. */
export function PackageActions({ version }: { version: Package }): ReactElement | null {
  const session = useSession()
  const may = useMay()
  const [asking, setAsking] = useState<Step>()
  const close = () => setAsking(undefined)
  const { state } = version
  const reason = whyNot(version, session)
  const revised = useRevised(version)
  const isReady = state === 'approved' || state === 'deferred'
  return (
    <>
      {state === 'draft' && may('package.edit') && (
        <Button component={Link} to={`/packages/${version.id}/edit`} variant="default">
          Edit
        </Button>
      )}
      {state === 'draft' && may('package.submit') && <Button onClick={() => setAsking('submit')}>Send to review</Button>}
      {(state === 'in-review' || isReady) && may('package.return') && (
        <Button variant="default" onClick={() => setAsking('return')}>
          Return to the author
        </Button>
      )}
      {state === 'in-review' && may('package.approve') && !reason && <Button onClick={() => setAsking('approve')}>Approve</Button>}
      {isReady && may('package.schedule') && !reason && <Button onClick={() => setAsking('schedule')}>Schedule</Button>}
      {REVISABLE.includes(state) && may('package.revise') && (
        <Button variant="default" onClick={() => setAsking('revise')}>
          Start a revision
        </Button>
      )}
      {reason && ((state === 'in-review' && may('package.approve')) || (isReady && may('package.schedule'))) && <Reason text={reason} />}
      <SubmitDialog version={version} opened={asking === 'submit'} onClose={close} />
      <ReturnDialog version={version} opened={asking === 'return'} onClose={close} />
      <ApproveDialog version={version} opened={asking === 'approve'} onClose={close} />
      {revised ? (
        <ScheduleRevisionDialog version={version} earlier={revised} opened={asking === 'schedule'} onClose={close} />
      ) : (
        <ScheduleDialog version={version} opened={asking === 'schedule'} onClose={close} />
      )}
      <ReviseDialog version={version} opened={asking === 'revise'} onClose={close} />
    </>
  )
}

const REVISABLE: readonly Package['state'][] = ['scheduled', 'released', 'deferred']

/** The version whose release a revision goes on; undefined for a first version, and where that one was deferred. */
function useRevised({ id, version, state }: Package): VersionLine | undefined {
  const versions = useQuery({ ...versionsQuery(id), enabled: version > 1 && state === 'approved' })
  const earlier = versions.data?.items.find((line) => line.version === version - 1)
  return state === 'approved' && earlier && earlier.state !== 'deferred' ? earlier : undefined
}

function Reason({ text }: { text: string }): ReactElement {
  return (
    <Text size="sm" className={styles['reason']} component="span">
      <Icon name="people" size={16} />
      {text}
    </Text>
  )
}

/** Why it takes another person than this one; undefined when it does not. The server decides the same by itself. */
function whyNot({ state, contributors, submitted, approval }: Package, { person }: SessionView): string | undefined {
  if (state === 'in-review' && contributors.some(({ id }) => id === person.id)) return 'You wrote part of it, so somebody else has to approve it.'
  if (state === 'in-review' && submitted?.by.id === person.id) return 'You sent it to review, so somebody else has to approve it.'
  if ((state === 'approved' || state === 'deferred') && approval?.by.id === person.id) return 'You approved it, so somebody else has to schedule it.'
  return undefined
}
