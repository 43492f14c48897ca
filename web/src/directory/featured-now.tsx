import { Button, Skeleton } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { command } from '../api/client.ts'
import { useMay } from '../session/may.ts'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { DataTable, type Column } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import { LISTING_STATE, listingsQuery, type Listing } from './directory.ts'

const COLUMNS: readonly Column<Listing>[] = [
  { key: 'name', header: 'Shown as', text: ({ name }) => name, cell: ({ name }) => <strong className="break">{name}</strong> },
  { key: 'member', header: 'Member', text: ({ organisation }) => organisation.name },
  { key: 'link', header: 'Link', text: ({ link }) => link ?? '' },
  {
    key: 'state',
    header: 'State',
    text: ({ state }) => LISTING_STATE[state].name,
    cell: ({ state }) => <StateMark tone={LISTING_STATE[state].tone}>{LISTING_STATE[state].name}</StateMark>,
  },
  { key: 'by', header: 'Approved by', text: ({ decided }) => decided?.by ?? '' },
  { key: 'at', header: 'Approved at', text: ({ decided }) => decided?.at ?? '', cell: ({ decided }) => decided && <Instant value={decided.at} /> },
]

const takeOff = (listing: Listing): ReactElement => <TakeOff listing={listing} />

/** The members that everybody can see now, and those that would be if their membership were active. */
export function FeaturedNow(): ReactElement {
  const listings = useQuery(listingsQuery)
  const may = useMay()('listing.decide')
  const shown = listings.data?.filter(({ state }) => state === 'public' || state === 'hidden') ?? []
  return (
    <Panel title="Members shown in public" flush>
      {listings.isPending && <Skeleton height={90} radius={0} />}
      {listings.data && (
        <DataTable
          label="Members shown in public"
          columns={COLUMNS}
          rows={shown}
          rowKey={({ id }) => id}
          {...(may && { rowActions: takeOff })}
          empty={
            <EmptyState icon="people" title="No member is shown">
              A member’s admin agrees on the page “Public listing”; an officer then looks at it here.
            </EmptyState>
          }
        />
      )}
    </Panel>
  )
}

function TakeOff({ listing }: { listing: Listing }): ReactElement {
  const queries = useQueryClient()
  const [asking, setAsking] = useState(false)
  const off = useMutation({
    mutationFn: () => command('DELETE', `/api/listings/${listing.id}`),
    onSuccess: () => {
      setAsking(false)
      return queries.invalidateQueries({ queryKey: listingsQuery.queryKey })
    },
  })
  const { name } = listing.organisation
  return (
    <>
      <Button variant="subtle" color="red" size="compact-sm" onClick={() => setAsking(true)} aria-label={`Take off ${name}`}>
        Take off
      </Button>
      <ConfirmDialog
        opened={asking}
        title={`Take ${name} off the public page`}
        confirm="Take off"
        pending={off.isPending}
        error={off.error}
        onConfirm={() => off.mutate()}
        onClose={() => setAsking(false)}
      >
        It is gone from the page at once. The membership stays as it is, and the member can send another listing.
      </ConfirmDialog>
    </>
  )
}
