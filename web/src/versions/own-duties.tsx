import { Alert, Anchor, Button, Group, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { command } from '../api/client.ts'
import { useMay } from '../session/may.ts'
import { Icon } from '../ui/icon.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { ownDutiesQuery, useVersionAct, type OwnDuty } from './versions.ts'

/** What the contact's organisation has to acknowledge, of one package or of all; nothing where there is nothing. */
export function OwnDuties({ id }: { id?: string }): ReactElement | null {
  const duties = useQuery(ownDutiesQuery)
  const items = (duties.data?.items ?? []).filter((duty) => id === undefined || duty.package === id)
  if (items.length === 0) return null
  return (
    <Alert color="orange" variant="light" icon={<Icon name="warning" />} title="Your organisation has something to acknowledge">
      <Stack gap="xs">
        {items.map((duty) => (
          <One key={duty.id} duty={duty} linked={id === undefined} />
        ))}
      </Stack>
    </Alert>
  )
}

const WORDS: Readonly<Record<OwnDuty['kind'], (version: number) => string>> = {
  version: (version) => `Version ${version} took the place of the version that you hold: receive it, and it is acknowledged.`,
  terms: (version) => `Version ${version} changes what you may do with the package before the release. Read its terms.`,
  slip: () => 'The release of a package that you hold moved. Keep to the new instant: the embargo ends then and not before.',
}

function One({ duty, linked }: { duty: OwnDuty; linked: boolean }): ReactElement {
  const may = useMay()
  const acknowledge = useVersionAct<void>(
    () => command('POST', `/api/packages/${duty.package}/acknowledgements`, { acknowledgement: duty.id }),
    () => undefined,
  )
  return (
    <Group gap="sm" justify="space-between">
      <Text size="sm" flex="1 1 260px">
        {WORDS[duty.kind](duty.version)}{' '}
        {linked && (
          <Anchor component={Link} to={`/packages/${duty.package}`} size="sm" underline="always">
            Open the package
          </Anchor>
        )}
      </Text>
      {duty.kind !== 'version' && may('acknowledgement.make') && (
        <Button size="compact-sm" onClick={() => acknowledge.mutate()} loading={acknowledge.isPending}>
          Acknowledge
        </Button>
      )}
      <ProblemAlert error={acknowledge.error} />
    </Group>
  )
}
