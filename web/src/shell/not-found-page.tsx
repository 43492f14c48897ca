import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { EmptyState } from '../ui/empty-state.tsx'
import { Page } from '../ui/page.tsx'

/** An address that leads nowhere for this person: the same whether the thing does not exist or is not theirs. */
export function NotFoundPage(): ReactElement {
  return (
    <Page title="Nothing is here for you">
      <EmptyState icon="question" title="This address leads nowhere">
        The page may have moved, or your roles do not include it.
        <br />
        <Button component={Link} to="/" variant="default" mt="md">
          Go to Home
        </Button>
      </EmptyState>
    </Page>
  )
}
