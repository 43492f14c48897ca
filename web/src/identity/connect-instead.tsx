import { Alert, Button, Stack, Text } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { GoTo } from '#platform/auth/oidc/contract.ts'
import { post } from '../api/client.ts'
import { Icon } from '../ui/icon.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { leaveFor, ownIdentitiesQuery } from './identity.ts'

/** For whoever came by an invitation of an organisation with an identity provider: its sign-in will do instead of a passkey. */
export function ConnectInstead(): ReactElement | null {
  const identities = useQuery(ownIdentitiesQuery)
  const connect = useMutation({ mutationFn: () => post(GoTo, '/api/account/identities'), onSuccess: leaveFor })
  if (!identities.data?.available) return null
  if (identities.data.items.length > 0) {
    return (
      <Alert color="blue" variant="light" icon={<Icon name="check" />} title="The sign-in of your organisation is connected">
        <Text size="sm">Sign out, then sign in with your organisation. Signing an agreement takes a passkey later.</Text>
      </Alert>
    )
  }
  return (
    <Stack gap="sm">
      <Text size="sm">Or let the sign-in of your organisation open the door from now on.</Text>
      <ProblemAlert error={connect.error} />
      <Button variant="default" onClick={() => connect.mutate()} loading={connect.isPending || connect.isSuccess} leftSection={<Icon name="shield" />}>
        Connect sign-in of your organisation
      </Button>
    </Stack>
  )
}
