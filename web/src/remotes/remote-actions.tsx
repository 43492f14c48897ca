import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState, type ReactElement } from 'react'
import { RemoteView } from '#exchange/remotes/contract.ts'
import { command, post } from '../api/client.ts'
import { useMay } from '../session/may.ts'
import { useSession } from '../session/session.ts'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { ChangeRemoteDialog, ReplaceLoginDialog } from './remote-dialogs.tsx'
import { remoteQuery, remotesQuery, verbOf, type Remote } from './remotes.ts'

type Asking = 'change' | 'login' | 'end' | 'confirm' | undefined

/** What can be done with a remote now. */
export function RemoteActions({ remote }: { remote: Remote }): ReactElement {
  const may = useMay()
  const [asking, setAsking] = useState<Asking>()
  const close = () => setAsking(undefined)
  const proposed = remote.state === 'proposed'
  return (
    <>
      {may('remote.run') && !proposed && <RunButtons key={`${remote.state} ${remote.run?.id ?? ''}`} remote={remote} />}
      {may('remote.confirm-push') && proposed && (
        <ConfirmButton remote={remote} opened={asking === 'confirm'} onAsk={() => setAsking('confirm')} onClose={close} />
      )}
      {may('remote.set-up') && (
        <>
          <Button variant="default" onClick={() => setAsking('change')}>
            Change
          </Button>
          {!proposed && (
            <Button variant="default" onClick={() => setAsking('login')}>
              Replace credentials
            </Button>
          )}
        </>
      )}
      {may('remote.end') && (
        <Button variant="default" onClick={() => setAsking('end')}>
          {proposed ? 'Withdraw' : 'End'}
        </Button>
      )}
      {asking === 'change' && <ChangeRemoteDialog remote={remote} onClose={close} />}
      {asking === 'login' && <ReplaceLoginDialog remote={remote} onClose={close} />}
      <EndDialog remote={remote} opened={asking === 'end'} onClose={close} />
    </>
  )
}

/** An act without a form, whose answer is the remote as it is then. */
function useAct(remote: Remote, path: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: () => post(RemoteView, `/api/remotes/${remote.id}/${path}`),
    onSuccess: async (now) => {
      queries.setQueryData(remoteQuery(remote.id).queryKey, now)
      await queries.invalidateQueries({ queryKey: remotesQuery.queryKey })
    },
  })
}

function RunButtons({ remote }: { remote: Remote }): ReactElement {
  const run = useAct(remote, 'runs')
  const cancel = useAct(remote, 'cancellation')
  const pause = useAct(remote, 'pause')
  const resume = useAct(remote, 'resumption')
  const active = remote.state === 'active'
  return (
    <>
      <ProblemAlert error={run.error ?? cancel.error ?? pause.error ?? resume.error} />
      {active && !remote.run && (
        <Button onClick={() => run.mutate()} loading={run.isPending}>
          {verbOf(remote)} now
        </Button>
      )}
      {remote.run && (
        <Button variant="default" onClick={() => cancel.mutate()} loading={cancel.isPending}>
          Cancel the run
        </Button>
      )}
      {active && (
        <Button variant="default" onClick={() => pause.mutate()} loading={pause.isPending}>
          Pause
        </Button>
      )}
      {remote.state === 'paused' && (
        <Button onClick={() => resume.mutate()} loading={resume.isPending}>
          Resume
        </Button>
      )}
    </>
  )
}

interface ConfirmProps {
  readonly remote: Remote
  readonly opened: boolean
  readonly onAsk: () => void
  readonly onClose: () => void
}

function ConfirmButton({ remote, opened, onAsk, onClose }: ConfirmProps): ReactElement | null {
  const { person } = useSession()
  const confirm = useAct(remote, 'confirmation')
  if (remote.created.by.id === person.id) return null
  return (
    <>
      <Button onClick={onAsk}>Confirm the push</Button>
      <ConfirmDialog
        opened={opened}
        title="Confirm the push"
        confirm="Confirm it"
        pending={confirm.isPending}
        error={confirm.error}
        onConfirm={() => confirm.mutate(undefined, { onSuccess: onClose })}
        onClose={onClose}
      >
        From now on, what every member sees in “{remote.collection.title}” up to TLP:{remote.audience} is passed on to “
        {remote.remoteCollection.title || remote.remoteCollection.id}” of <span className="mono break">{remote.apiRoot}</span>. What has left cannot be taken
        back.
      </ConfirmDialog>
    </>
  )
}

function EndDialog({ remote, opened, onClose }: { remote: Remote; opened: boolean; onClose: () => void }): ReactElement {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const end = useMutation({
    mutationFn: () => command('DELETE', `/api/remotes/${remote.id}`),
    onSuccess: async () => {
      await navigate({ to: '/remotes' })
      await queries.invalidateQueries({ queryKey: remotesQuery.queryKey })
    },
  })
  return (
    <ConfirmDialog
      opened={opened}
      title={`End ${remote.name}`}
      confirm="End it"
      pending={end.isPending}
      error={end.error}
      onConfirm={() => end.mutate()}
      onClose={onClose}
    >
      The server is not asked any more, and the credentials are dropped. What came from it stays. To begin again, add it anew.
    </ConfirmDialog>
  )
}
