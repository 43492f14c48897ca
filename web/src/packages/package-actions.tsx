import { Button, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useState, type ReactElement } from 'react'
import { useMay } from '../session/may.ts'
import { useSession, type SessionView } from '../session/session.ts'
import { Icon } from '../ui/icon.tsx'
import { ApproveDialog } from './approve-dialog.tsx'
import styles from './package-actions.module.css'
import type { Package } from './packages.ts'
import { ReturnDialog } from './return-dialog.tsx'
import { ScheduleDialog } from './schedule-dialog.tsx'
import { SubmitDialog } from './submit-dialog.tsx'

type Step = 'submit' | 'return' | 'approve' | 'schedule'

/** What the signed-in person may do with a version in its state; where another person is needed, it says why. */
export function PackageActions({ version }: { version: Package }): ReactElement | null {
  const session = useSession()
  const may = useMay()
  const [asking, setAsking] = useState<Step>()
  const close = () => setAsking(undefined)
  const { state } = version
  const reason = whyNot(version, session)
  return (
    <>
      {state === 'draft' && may('package.edit') && (
        <Button component={Link} to={`/packages/${version.id}/edit`} variant="default">
          Edit
        </Button>
      )}
      {state === 'draft' && may('package.submit') && <Button onClick={() => setAsking('submit')}>Send to review</Button>}
      {(state === 'in-review' || state === 'approved') && may('package.return') && (
        <Button variant="default" onClick={() => setAsking('return')}>
          Return to the author
        </Button>
      )}
      {state === 'in-review' && may('package.approve') && !reason && <Button onClick={() => setAsking('approve')}>Approve</Button>}
      {state === 'approved' && may('package.schedule') && !reason && <Button onClick={() => setAsking('schedule')}>Schedule</Button>}
      {reason && ((state === 'in-review' && may('package.approve')) || (state === 'approved' && may('package.schedule'))) && <Reason text={reason} />}
      <SubmitDialog version={version} opened={asking === 'submit'} onClose={close} />
      <ReturnDialog version={version} opened={asking === 'return'} onClose={close} />
      <ApproveDialog version={version} opened={asking === 'approve'} onClose={close} />
      <ScheduleDialog version={version} opened={asking === 'schedule'} onClose={close} />
    </>
  )
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
  if (state === 'approved' && approval?.by.id === person.id) return 'You approved it, so somebody else has to schedule it.'
  return undefined
}
