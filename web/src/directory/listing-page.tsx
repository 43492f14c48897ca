import { Anchor, Skeleton, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { OnlyWith } from '../session/only-with.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { ownListingsQuery, type Own } from './directory.ts'
import { ListingForm } from './listing-form.tsx'
import { ListingStandsNow } from './listing-stands-now.tsx'
import { StatementPanel } from './statement-panel.tsx'

/** What is public of the signed-in person's organisation: nothing, until its admin agrees. */
export function ListingPage(): ReactElement {
  return (
    <OnlyWith verb="listing.read-own">
      <OwnListings />
    </OnlyWith>
  )
}

function OwnListings(): ReactElement {
  const listings = useQuery(ownListingsQuery)
  return (
    <Page title="Public listing" lead="Nobody outside the programme learns that your organisation is a member unless it agrees here.">
      {listings.isPending && <Skeleton height={320} />}
      <ProblemAlert error={listings.error} onRetry={() => void listings.refetch()} />
      {listings.data?.length === 0 && <EmptyState icon="people" title="No membership that could be shown" />}
      <Stack>
        {listings.data?.map((own) => (
          <OneOperator key={own.operator.id} own={own} alone={listings.data.length === 1} />
        ))}
      </Stack>
    </Page>
  )
}

function OneOperator({ own, alone }: { own: Own; alone: boolean }): ReactElement {
  const of = alone ? '' : `, ${own.operator.name}`
  const lead = (
    <>
      Shown in the{' '}
      <Anchor href={own.page} target="_blank" underline="always" inherit>
        directory of {own.operator.name}
      </Anchor>{' '}
      with its name, link, logo and what it protects, and nothing else.
    </>
  )
  return (
    <>
      <Panel title={`Directory of members${of}`} lead={lead}>
        <Stack>
          <ListingStandsNow own={own} />
          <ListingForm key={own.operator.id} own={own} />
        </Stack>
      </Panel>
      <StatementPanel own={own} title={`Statement of membership${of}`} />
    </>
  )
}
