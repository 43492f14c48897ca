import { Alert, Button, Stack, Text, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState, type FormEvent, type ReactElement } from 'react'
import { GoTo } from '#platform/auth/oidc/contract.ts'
import { post } from '../api/client.ts'
import { Icon } from '../ui/icon.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { leaveFor } from './identity.ts'

interface OrganisationSignInProps {
  /** Sign-in name that the address of the page brought along. */
  readonly given: string | undefined
  /** Whether a way to the provider and back has just ended without a session. */
  readonly refused: boolean
}

/** Signing in at the identity provider of one's own organisation, by a name that says nothing of the member. */
export function OrganisationSignIn({ given, refused }: OrganisationSignInProps): ReactElement {
  const [name, setName] = useState(given ?? '')
  const start = useMutation({ mutationFn: () => post(GoTo, '/api/auth/oidc/start', { signInName: name.trim() }), onSuccess: leaveFor })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    start.mutate()
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        {refused && !start.isPending && (
          <Alert color="red" variant="light" role="alert" icon={<Icon name="warning" />} title="This sign-in was not accepted">
            <Text size="sm">
              Sign in with your passkey instead, or ask an admin of your organisation. An account has to be connected once, and a sign-in has to show more than
              one factor.
            </Text>
          </Alert>
        )}
        <TextInput
          label="Sign-in name of your organisation"
          description="Twelve letters and digits that an admin of yours can tell you"
          required
          maxLength={40}
          autoComplete="organization"
          spellCheck={false}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <ProblemAlert error={start.error} />
        <Button type="submit" variant="default" loading={start.isPending || start.isSuccess} leftSection={<Icon name="shield" />}>
          Sign in with your organisation
        </Button>
      </Stack>
    </form>
  )
}
