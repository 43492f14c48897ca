import { Button, Group, Stack, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { GoTo, IdentityProvider } from '#platform/auth/oidc/contract.ts'
import { command, post } from '../api/client.ts'
import { useMay } from '../session/may.ts'
import { useSession } from '../session/session.ts'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { CopyText } from '../ui/copy-text.tsx'
import { Fact, Facts } from '../ui/facts.tsx'
import { Instant } from '../ui/instant.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import { grouped, leaveFor, providersQuery, ruleText, type ProviderView } from './identity.ts'

/** One identity provider that waits or stands, and what the signed-in person may do about it. */
export function ProviderFacts({ provider }: { provider: ProviderView }): ReactElement {
  const waits = provider.state === 'waits'
  return (
    <Stack>
      <Facts>
        <Fact name="State">
          <StateMark tone={waits ? 'waiting' : 'on'}>{waits ? 'Waits for a second person' : 'Signs people in'}</StateMark>
        </Fact>
        <Fact name="Sign-in name">
          <CopyText label="Copy the sign-in name" text={grouped(provider.signInName)} />
        </Fact>
        <Fact name="Address for your people">
          <CopyText label="Copy the address for your people" text={`${location.origin}/sign-in?organisation=${provider.signInName}`} />
        </Fact>
        <Fact name="Issuer">
          <span className="mono break">{provider.issuer}</span>
        </Fact>
        <Fact name="Client ID">
          <span className="mono break">{provider.clientId}</span>
        </Fact>
        <Fact name="Redirect address">
          <CopyText label="Copy the redirect address" text={provider.redirectUri} />
        </Fact>
        <Fact name="Has to show">
          {ruleText(provider)}
          {!provider.strict && (
            <Text size="sm" c="dimmed">
              Weaker than the default, or of your own: its admin vouched for it
            </Text>
          )}
        </Fact>
        <Fact name="Subjects from the directory">{provider.subjectsByScim ? 'Yes: externalId of SCIM is the subject' : 'No: each person connects'}</Fact>
        <Fact name="Proposed">
          {provider.proposedBy.name}, <Instant value={provider.proposedAt} />
        </Fact>
        {provider.confirmedAt && (
          <Fact name="Confirmed">
            {provider.confirmedBy?.name}, <Instant value={provider.confirmedAt} />
          </Fact>
        )}
        {waits && (
          <Fact name="Ends unconfirmed">
            <Instant value={provider.expiresAt} />
          </Fact>
        )}
      </Facts>
      <Actions provider={provider} />
    </Stack>
  )
}

function Actions({ provider }: { provider: ProviderView }): ReactElement {
  const may = useMay()
  const self = useSession().person.id
  const queries = useQueryClient()
  const [ending, setEnding] = useState(false)
  const readAgain = () => queries.invalidateQueries({ queryKey: providersQuery.queryKey })
  const path = `/api/identity-providers/${provider.id}`
  const test = useMutation({ mutationFn: () => post(GoTo, `${path}/test`), onSuccess: leaveFor })
  const confirm = useMutation({ mutationFn: () => post(IdentityProvider, `${path}/confirmation`), onSuccess: readAgain })
  const end = useMutation({
    mutationFn: () => command('DELETE', path),
    onSuccess: async () => {
      setEnding(false)
      await readAgain()
    },
  })
  const waits = provider.state === 'waits'
  const mine = provider.proposedBy.id === self
  const verb = waits ? 'Withdraw' : 'Disable'
  return (
    <>
      <ProblemAlert error={test.error ?? confirm.error} />
      <Group gap="xs">
        {waits && mine && (
          <Text size="sm" c="dimmed">
            Another admin of yours, or a membership officer of the operator, has to confirm it.
          </Text>
        )}
        {waits && !mine && may('identity-provider.confirm') && (
          <Button onClick={() => confirm.mutate()} loading={confirm.isPending}>
            Confirm
          </Button>
        )}
        {may('identity-provider.test') && (
          <Button variant="default" onClick={() => test.mutate()} loading={test.isPending || test.isSuccess}>
            Try it
          </Button>
        )}
        {may('identity-provider.end') && (
          <Button variant="subtle" color="red" onClick={() => setEnding(true)}>
            {verb}
          </Button>
        )}
      </Group>
      <ConfirmDialog
        opened={ending}
        title={`${verb} the sign-in of ${provider.organisation.name}`}
        confirm={verb}
        pending={end.isPending}
        error={end.error}
        onConfirm={() => end.mutate()}
        onClose={() => setEnding(false)}
      >
        {waits
          ? 'Nothing changes: nobody signs in by it yet.'
          : 'Nobody can sign in by it any more, and every session begun by it ends at once. Passkeys, and accounts themselves, stay.'}
      </ConfirmDialog>
    </>
  )
}
