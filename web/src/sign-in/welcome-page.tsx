import { Button, Loader, Stack, Text, TextInput, Title } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useEffect, useRef, useState, type FormEvent, type ReactElement } from 'react'
import { z } from 'zod'
import { LinkPurpose } from '#platform/auth/contract.ts'
import { post } from '../api/client.ts'
import { fieldMessage } from '../api/problem.ts'
import { adoptSession } from '../session/adopt-session.ts'
import { Entrance } from '../shell/entrance.tsx'
import { useDraft } from '../ui/draft.ts'
import { Instant } from '../ui/instant.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { takeLinkToken, tokenAtStart } from './link-token.ts'

type Purpose = z.output<typeof LinkPurpose>
interface FirstOperator {
  readonly operatorName: string
  readonly personName: string
  readonly email: string
}

/** The session is read anew after signing in. */
const Answer = z.unknown()

/** Where a one-time link leads: says what it is for, and uses it up only when the person goes on. */
export function WelcomePage(): ReactElement {
  const [held, setHeld] = useState(() => takeLinkToken() ?? tokenAtStart)
  useEffect(() => {
    document.title = 'Welcome · Vedette'
    // A second link opened in the same tab changes nothing but the fragment.
    const take = () => setHeld((before) => takeLinkToken() ?? before)
    addEventListener('hashchange', take)
    return () => removeEventListener('hashchange', take)
  }, [])
  return <Entrance>{held === undefined ? <NoToken /> : <Inspect key={held} token={held} />}</Entrance>
}

function NoToken(): ReactElement {
  return (
    <>
      <Title order={1}>Open your link again</Title>
      <Text>
        The address of this page no longer holds the one-time link: it is removed as soon as it is read. The link stays valid until it is used or expires, so
        open it once more from where you received it.
      </Text>
      <Button component={Link} to="/sign-in" variant="default">
        Go to sign-in
      </Button>
    </>
  )
}

function Inspect({ token }: { token: string }): ReactElement {
  const inspect = useQuery({
    queryKey: ['link', token],
    queryFn: () => post(LinkPurpose, '/api/auth/link/inspect', { token }),
    staleTime: Infinity,
    gcTime: 0,
  })
  if (inspect.isPending) return <Loader aria-label="Reading the link" />
  if (inspect.isError) {
    return (
      <>
        <Title order={1}>This link does not work</Title>
        <ProblemAlert error={inspect.error} onRetry={() => void inspect.refetch()} />
        <Text size="sm" c="dimmed">
          A link works once, and only until it expires. If yours was used or is too old, ask whoever sent it for a new one.
        </Text>
        <Button component={Link} to="/sign-in" variant="default">
          Go to sign-in
        </Button>
      </>
    )
  }
  return <UseLinkForm token={token} purpose={inspect.data} />
}

function useLink(token: string) {
  const queries = useQueryClient()
  const navigate = useNavigate()
  return useMutation({
    mutationFn: (firstOperator: FirstOperator | undefined) =>
      post(Answer, '/api/auth/link', { token, ...(firstOperator && { firstOperator: { ...firstOperator, email: firstOperator.email || undefined } }) }),
    onSuccess: async () => {
      await adoptSession(queries)
      await navigate({ to: '/', replace: true })
    },
  })
}

function UseLinkForm({ token, purpose }: { token: string; purpose: Purpose }): ReactElement {
  const use = useLink(token)
  const { mutate } = use
  const straightIn = purpose.purpose === 'demonstration'
  const started = useRef(false)
  useEffect(() => {
    if (!straightIn || started.current) return
    started.current = true
    mutate(undefined)
  }, [straightIn, mutate])
  if (straightIn) return use.isError ? <ProblemAlert error={use.error} onRetry={() => mutate(undefined)} /> : <Loader aria-label="Signing in" />
  if (purpose.purpose === 'first-operator') return <FirstOperatorForm purpose={purpose} use={use} />
  const recovery = purpose.purpose === 'recovery'
  return (
    <>
      <div>
        <Title order={1}>{purpose.personName ? `Welcome, ${purpose.personName}` : 'Welcome'}</Title>
        <Text c="dimmed">{recovery ? 'Your account is being recovered.' : 'You have been invited to this Vedette.'}</Text>
      </div>
      <Text>
        {recovery
          ? 'Going on ends your earlier passkeys, sessions and tokens. You then enrol a new passkey on this device.'
          : 'Going on uses up the link and signs you in on this device. You then enrol a passkey, which replaces passwords: a fingerprint, a face, a PIN or a security key.'}
      </Text>
      <Valid purpose={purpose} />
      <ProblemAlert error={use.error} />
      <Button size="md" onClick={() => mutate(undefined)} loading={use.isPending}>
        Go on
      </Button>
    </>
  )
}

function Valid({ purpose }: { purpose: Purpose }): ReactElement {
  return (
    <Text size="sm" c="dimmed">
      This link works once, until <Instant value={purpose.expiresAt} />.
    </Text>
  )
}

function FirstOperatorForm({ purpose, use }: { purpose: Purpose; use: ReturnType<typeof useLink> }): ReactElement {
  const { values, set, clear } = useDraft<FirstOperator>('first-operator', { operatorName: '', personName: '', email: '' })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    use.mutate(values, { onSuccess: clear })
  }
  const fields = ['/firstOperator/operatorName', '/firstOperator/personName', '/firstOperator/email']
  return (
    <form onSubmit={submit}>
      <Stack>
        <div>
          <Title order={1}>Set up this Vedette</Title>
          <Text c="dimmed">You are the first operator of an empty instance. You receive every operator role, and can invite others next.</Text>
        </div>
        <TextInput
          label="Name of the operator"
          description="The response centre that runs the programme, as members know it"
          required
          maxLength={200}
          value={values.operatorName}
          error={fieldMessage(use.error, fields[0]!)}
          onChange={(event) => set({ operatorName: event.currentTarget.value })}
        />
        <TextInput
          label="Your name"
          required
          maxLength={200}
          autoComplete="name"
          value={values.personName}
          error={fieldMessage(use.error, fields[1]!)}
          onChange={(event) => set({ personName: event.currentTarget.value })}
        />
        <TextInput
          label="Your mail address"
          description="Not needed to sign in"
          type="email"
          maxLength={320}
          autoComplete="email"
          value={values.email}
          error={fieldMessage(use.error, fields[2]!)}
          onChange={(event) => set({ email: event.currentTarget.value })}
        />
        <Valid purpose={purpose} />
        <ProblemAlert error={use.error} shownFields={fields} />
        <Button size="md" type="submit" loading={use.isPending}>
          Set up and go on
        </Button>
      </Stack>
    </form>
  )
}
