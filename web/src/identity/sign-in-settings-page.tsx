import { Alert, Button, Skeleton, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useState, type ReactElement } from 'react'
import { useMay } from '../session/may.ts'
import { OnlyWith } from '../session/only-with.tsx'
import { useSession } from '../session/session.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { Icon } from '../ui/icon.tsx'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { providersQuery, type ProviderView } from './identity.ts'
import { ProposeProviderDialog } from './propose-provider-dialog.tsx'
import { ProviderFacts } from './provider-facts.tsx'
import { ScimPanel } from './scim-panel.tsx'

const route = getRouteApi('/signed-in/sign-in-settings')

/** How a member's people sign in: its identity provider and its directory; operators see those of their members. */
export function SignInSettingsPage(): ReactElement {
  return (
    <OnlyWith verb="identity-provider.list">
      <Settings />
    </OnlyWith>
  )
}

function Settings(): ReactElement {
  const may = useMay()
  const member = useSession().kind === 'contact'
  const [proposing, setProposing] = useState(false)
  const providers = useQuery(providersQuery)
  const shown = (providers.data ?? []).filter(({ state }) => state === 'waits' || state === 'live')
  const lead = member
    ? 'Your people can sign in at your own identity provider. Because it decides who comes in, setting it up takes two people; disabling it takes one.'
    : 'Members can let their people sign in at an identity provider of their own. Confirm one only after you have asked the member by a way you trust.'
  return (
    <Page
      title="Sign-in"
      lead={lead}
      actions={
        may('identity-provider.propose') && (
          <Button onClick={() => setProposing(true)} leftSection={<Icon name="shield" size={16} />}>
            {shown.length > 0 ? 'Propose a change' : 'Propose an identity provider'}
          </Button>
        )
      }
    >
      <Stack>
        <TestOutcome />
        <ProblemAlert error={providers.error} onRetry={() => void providers.refetch()} />
        {providers.isPending && <Skeleton height={160} />}
        {providers.isSuccess && shown.length === 0 && (
          <Panel title="Identity provider" flush>
            <EmptyState icon="shield" title={member ? 'Your organisation has no identity provider here' : 'No member has an identity provider here'}>
              People sign in with passkeys.
            </EmptyState>
          </Panel>
        )}
        {shown.map((provider) => (
          <Panel key={provider.id} title={titleOf(provider, member)}>
            <ProviderFacts provider={provider} />
          </Panel>
        ))}
        {may('scim.write') && <ScimPanel />}
      </Stack>
      {may('identity-provider.propose') && <ProposeProviderDialog opened={proposing} onClose={() => setProposing(false)} />}
    </Page>
  )
}

function titleOf({ state, organisation }: ProviderView, member: boolean): string {
  const what = state === 'waits' ? 'Proposed identity provider' : 'Identity provider'
  return member ? what : `${what} of ${organisation.name}`
}

/** How the way to the provider and back has just ended. */
function TestOutcome(): ReactElement | null {
  const { test } = route.useSearch()
  if (test === undefined) return null
  const passed = test === 'passed'
  return (
    <Alert
      color={passed ? 'blue' : 'red'}
      variant="light"

      icon={<Icon name={passed ? 'check' : 'warning'} />}
      title={passed ? 'It works' : 'It does not work yet'}
    >
      {passed
        ? 'The provider signed you in and showed what is asked for. Nobody was signed in here by it.'
        : test === 'factors'
          ? 'The provider signed you in, but its token does not show what is asked for: look at amr and acr there.'
          : 'The provider did not give a token that holds: look at the client, its secret and the redirect address there.'}
    </Alert>
  )
}
