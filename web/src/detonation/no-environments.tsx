import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { useMay } from '../session/may.ts'
import { CopyText } from '../ui/copy-text.tsx'
import { environmentsQuery } from './detonations.ts'

/** Where nothing is installed to open submissions in: what to do about it. */
export function NoEnvironments(): ReactElement | null {
  const { data } = useQuery(environmentsQuery)
  const may = useMay()
  if (data === undefined || data.items.length > 0) return null
  if (!may('machine.list')) return <Text size="sm">Nothing is installed here to open files in. Whoever runs this Vedette can install it.</Text>
  return <HowToInstall />
}

/** The commands that install environments, for whoever runs this instance. */
export function HowToInstall(): ReactElement {
  return (
    <div>
      <Text size="sm">No environment is at hand. On the machine of a worker, this says what is missing and which command installs it:</Text>
      <CopyText label="Copy the command" text="vedette guest doctor" />
      <Text size="sm" mt={6}>
        Then this makes the environments, in some minutes:
      </Text>
      <CopyText label="Copy the command" text="vedette guest build" />
      <Text size="sm" mt={6}>
        A worker looks for them when it starts: restart it afterwards.
      </Text>
    </div>
  )
}
