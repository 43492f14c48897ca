import { Badge, Button, Group, Skeleton, Table, Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { command } from '../api/client.ts'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { SimpleTable } from '../ui/simple-table.tsx'
import { ownSessionsQuery, type OwnSessionView } from './account.ts'
import { browserName } from './browser-name.ts'
import { RevokeButton } from './revoke-button.tsx'

const METHOD: Readonly<Record<OwnSessionView['method'], string>> = {
  passkey: 'Passkey',
  link: 'One-time link',
  demonstration: 'Demonstration link',
  oidc: 'Your organisation',
}

/** Where the person is signed in; each session ends at once when revoked. */
export function SessionsPanel(): ReactElement {
  const sessions = useQuery(ownSessionsQuery)
  const others = sessions.data?.filter(({ current }) => !current) ?? []
  return (
    <Panel
      title="Sessions"
      lead="Where you are signed in. If you do not know one, end it."
      flush
      actions={others.length > 0 && <EndOthers count={others.length} />}
    >
      {sessions.isPending && <Skeleton height={90} radius={0} />}
      <ProblemAlert error={sessions.error} onRetry={() => void sessions.refetch()} />
      {sessions.data && <SessionTable sessions={sessions.data} />}
    </Panel>
  )
}

function EndOthers({ count }: { count: number }): ReactElement {
  const queries = useQueryClient()
  const [asking, setAsking] = useState(false)
  const end = useMutation({
    mutationFn: () => command('DELETE', '/api/account/sessions'),
    onSuccess: async () => {
      setAsking(false)
      await queries.invalidateQueries({ queryKey: ownSessionsQuery.queryKey })
    },
  })
  return (
    <>
      <Button variant="default" onClick={() => setAsking(true)}>
        End all others
      </Button>
      <ConfirmDialog
        opened={asking}
        title="End all other sessions"
        confirm="End all others"
        pending={end.isPending}
        error={end.error}
        onConfirm={() => end.mutate()}
        onClose={() => setAsking(false)}
      >
        {count === 1 ? 'One other session ends' : `${count} other sessions end`} at once. This one stays.
      </ConfirmDialog>
    </>
  )
}

function SessionTable({ sessions }: { sessions: readonly OwnSessionView[] }): ReactElement {
  return (
    <SimpleTable label="Sessions" headers={['Browser', 'Begun', 'Last seen', 'Ends', '']}>
      {sessions.map((session) => (
        <Table.Tr key={session.id}>
          <Table.Td title={session.userAgent}>
            <Group gap={8} wrap="nowrap">
              <span className="nowrap">{browserName(session.userAgent)}</span>
              {session.current && (
                <Badge size="sm" variant="light" tt="none" flex="none">
                  This one
                </Badge>
              )}
            </Group>
            <Text size="sm" c="dimmed" className="nowrap">
              {METHOD[session.method]}, from <span className="mono">{session.address}</span>
            </Text>
          </Table.Td>
          <Table.Td>
            <Instant value={session.createdAt} />
          </Table.Td>
          <Table.Td>
            <Instant value={session.lastSeenAt} />
          </Table.Td>
          <Table.Td>
            <Instant value={session.expiresAt} />
          </Table.Td>
          <Table.Td align="right">
            {!session.current && (
              <RevokeButton
                verb="End"
                subject={`session of ${browserName(session.userAgent)}`}
                path={`/api/account/sessions/${session.id}`}
                queryKey={ownSessionsQuery.queryKey}
              >
                Whoever uses this session, begun from {session.address}, has to sign in again.
              </RevokeButton>
            )}
          </Table.Td>
        </Table.Tr>
      ))}
    </SimpleTable>
  )
}
