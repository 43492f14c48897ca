import { Alert, Button, Group, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { RemoteView } from '#exchange/remotes/contract.ts'
import { command, post } from '../api/client.ts'
import { useMay } from '../session/may.ts'
import { useSession } from '../session/session.ts'
import { Instant } from '../ui/instant.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { remotesQuery, SCHEMES, type Remote } from './remotes.ts'

/** Other credentials of a push, which wait for a second person. */
export function WaitingLogin({ remote: { id, loginChange: change } }: { remote: Remote }): ReactElement | null {
  const may = useMay()
  const { person } = useSession()
  const queries = useQueryClient()
  const path = `/api/remotes/${id}/login-changes/${change?.id ?? ''}`
  const onSettled = () => queries.invalidateQueries({ queryKey: remotesQuery.queryKey })
  const approve = useMutation({ mutationFn: () => post(RemoteView, `${path}/approval`), onSettled })
  const close = useMutation({ mutationFn: () => command('DELETE', path), onSettled })
  if (!change) return null
  const own = change.proposed.by.id === person.id
  return (
    <Alert color="blue" variant="light" title="Other credentials wait for a second person">
      <Text size="sm">
        {change.proposed.by.name} proposed them on <Instant value={change.proposed.at} />: {SCHEMES[change.scheme]}
        {change.ownAuthority && ', and an authority of its own that the server is believed by'}. Until another analyst or a publisher approves them, those that
        are there serve on.
      </Text>
      <ProblemAlert error={approve.error ?? close.error} />
      <Group mt="sm">
        {may('remote.confirm-push') && !own && (
          <Button size="compact-md" onClick={() => approve.mutate()} loading={approve.isPending}>
            Approve the credentials
          </Button>
        )}
        {may('remote.end') && (
          <Button size="compact-md" variant="default" onClick={() => close.mutate()} loading={close.isPending}>
            {own ? 'Withdraw them' : 'Turn them down'}
          </Button>
        )}
      </Group>
    </Alert>
  )
}
