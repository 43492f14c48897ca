import { Button, Group } from '@mantine/core'
import { useRouter, type ErrorComponentProps } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { Page } from '../ui/page.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'

/** A page that could not be drawn; the rest of the console stays usable. */
export function ErrorPage({ error, reset }: ErrorComponentProps): ReactElement {
  const router = useRouter()
  return (
    <Page title="This page could not be shown">
      <ProblemAlert error={error} />
      <Group>
        <Button
          onClick={() => {
            reset()
            void router.invalidate()
          }}
        >
          Try again
        </Button>
        <Button variant="default" onClick={() => location.reload()}>
          Reload the console
        </Button>
      </Group>
    </Page>
  )
}
