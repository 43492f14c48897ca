import { Alert, Button, Divider, Stack, Text, Title } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, useRouter } from '@tanstack/react-router'
import { useEffect, type ReactElement } from 'react'
import { OrganisationSignIn } from '../identity/organisation-sign-in.tsx'
import { adoptSession } from '../session/adopt-session.ts'
import { useSessionQuery } from '../session/session.ts'
import { Entrance } from '../shell/entrance.tsx'
import { Icon } from '../ui/icon.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { localPath } from './local-path.ts'
import { signInWithPasskey } from './passkey-ceremony.ts'
import { passkeysOffered } from './passkeys-offered.ts'

const route = getRouteApi('/sign-in')

/** The door: a passkey, and how to come by a link when there is none. */
export function SignInPage(): ReactElement {
  const { next, organisation, refused } = route.useSearch()
  const router = useRouter()
  const queries = useQueryClient()
  const { data: session } = useSessionQuery()
  const signIn = useMutation({
    mutationFn: signInWithPasskey,
    onSuccess: () => adoptSession(queries),
  })
  // Somebody who is signed in already, in another tab or by a link, has nothing to do here.
  const goOn = Boolean(session) && !signIn.isPending
  useEffect(() => {
    if (goOn) router.history.replace(localPath(next))
  }, [goOn, next, router])
  useEffect(() => {
    document.title = 'Sign in · Vedette'
  }, [])
  const offered = passkeysOffered()
  return (
    <Entrance>
      <div>
        <Title order={1}>Sign in</Title>
        <Text c="dimmed">Active protections: who may know what, from which instant, with proof.</Text>
      </div>
      {next && session === null && <Text size="sm">Sign in to go on where you were. Drafts of forms are kept in this tab.</Text>}
      {!offered && (
        <Alert color="yellow" variant="light" icon={<Icon name="warning" />} title="This browser offers no passkeys here">
          Passkeys need https, or http://localhost, and a browser of recent years. Open Vedette under its own name, not under an IP address.
        </Alert>
      )}
      <Button size="md" onClick={() => signIn.mutate()} loading={signIn.isPending} disabled={!offered} leftSection={<Icon name="key" />}>
        Sign in with a passkey
      </Button>
      <ProblemAlert error={signIn.error} />
      <OrganisationSignIn given={organisation} refused={refused === 'organisation'} />
      <Divider />
      <Stack gap="sm">
        <div>
          <Title order={2}>First time here?</Title>
          <Text size="sm" c="dimmed">
            You need a one-time link. A membership officer of the operator, or an admin of your own organisation, makes one for you. Open it on the device you
            will work with; it lets you enrol a passkey.
          </Text>
        </div>
        <div>
          <Title order={2}>Lost your passkey?</Title>
          <Text size="sm" c="dimmed">
            Ask an operator to open a recovery for you. A second operator has to approve it; then you receive a new link, and your earlier passkeys, sessions
            and tokens end.
          </Text>
        </div>
      </Stack>
    </Entrance>
  )
}
