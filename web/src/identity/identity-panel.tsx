import { Alert, Button, Table, Text } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { GoTo } from '#platform/auth/oidc/contract.ts'
import { RevokeButton } from '../account/revoke-button.tsx'
import { post } from '../api/client.ts'
import { useMay } from '../session/may.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { Icon } from '../ui/icon.tsx'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { SimpleTable } from '../ui/simple-table.tsx'
import { leaveFor, ownIdentitiesQuery } from './identity.ts'

const route = getRouteApi('/signed-in/account')

/** Who the person is at their organisation's identity provider; nothing where there is none. */
export function IdentityPanel(): ReactElement | null {
  const identities = useQuery(ownIdentitiesQuery)
  const may = useMay()
  const connect = useMutation({ mutationFn: () => post(GoTo, '/api/account/identities'), onSuccess: leaveFor })
  const items = identities.data?.items ?? []
  if (!identities.error && !identities.data?.available && items.length === 0) return null
  return (
    <Panel
      title="Sign-in of your organisation"
      lead="Connected once, your organisation's own sign-in lets you in here. It is bound to your account there, never to a mail address."
      flush
      actions={
        items.length === 0 && may('identity.connect') ? (
          <Button onClick={() => connect.mutate()} loading={connect.isPending || connect.isSuccess} leftSection={<Icon name="shield" size={16} />}>
            Connect sign-in of your organisation
          </Button>
        ) : undefined
      }
    >
      <Outcome />
      <ProblemAlert error={identities.error ?? connect.error} />
      {identities.isSuccess && items.length === 0 && (
        <EmptyState icon="shield" title="Not connected">
          Connect it while you are signed in with a passkey or by your invitation.
        </EmptyState>
      )}
      {items.length > 0 && (
        <SimpleTable label="Sign-in of your organisation" headers={['Account there', 'Provider', 'Connected', 'Last used', '']}>
          {items.map((identity) => (
            <Table.Tr key={identity.id}>
              <Table.Td className="break">{identity.subject}</Table.Td>
              <Table.Td className="break">{identity.issuer}</Table.Td>
              <Table.Td>
                <Instant value={identity.boundAt} />
                {identity.boundBy === 'scim' && (
                  <Text size="sm" c="dimmed">
                    By your directory
                  </Text>
                )}
              </Table.Td>
              <Table.Td>{identity.lastUsedAt ? <Instant value={identity.lastUsedAt} /> : 'Never'}</Table.Td>
              <Table.Td align="right">
                {may('identity.disconnect') && (
                  <RevokeButton
                    verb="Disconnect"
                    subject={identity.subject}
                    path={`/api/account/identities/${identity.id}`}
                    queryKey={ownIdentitiesQuery.queryKey}
                  >
                    It can then no longer sign you in, and every session begun by it ends. Your passkeys stay.
                  </RevokeButton>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </SimpleTable>
      )}
    </Panel>
  )
}

/** How the way to the provider and back has just ended. */
function Outcome(): ReactElement | null {
  const { identity } = route.useSearch()
  if (identity === undefined) return null
  const connected = identity === 'connected'
  return (
    <Alert color={connected ? 'blue' : 'red'} variant="light" radius={0} icon={<Icon name={connected ? 'check' : 'warning'} />}>
      {connected
        ? 'Connected: from now on you can sign in with your organisation.'
        : identity === 'factors'
          ? 'Not connected: the sign-in there did not show more than one factor.'
          : 'Not connected: the sign-in there was not accepted, or it belongs to an account here already.'}
    </Alert>
  )
}
