import { Button, Group, Skeleton, Stack, Text, Textarea } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { ListingView } from '#program/membership/directory/contract.ts'
import { post } from '../api/client.ts'
import { fieldMessage } from '../api/problem.ts'
import { useMay } from '../session/may.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useDraft } from '../ui/draft.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import list from '../ui/waiting-list.module.css'
import { listingsQuery, type Listing } from './directory.ts'
import { ListingCard } from './listing-card.tsx'

/** What members want shown of them: words and pictures of others, which an officer looks at first. */
export function WaitingListings(): ReactElement {
  const listings = useQuery(listingsQuery)
  const waiting = listings.data?.filter(({ state }) => state === 'waiting') ?? []
  return (
    <Panel title="Waits to be shown" lead="Look at each word, the link and the logo: they are the member’s, and will stand on your page." flush>
      {listings.isPending && <Skeleton height={90} radius={0} />}
      <ProblemAlert error={listings.error} onRetry={() => void listings.refetch()} />
      {listings.isSuccess && waiting.length === 0 && <EmptyState icon="check" title="Nothing waits" />}
      <ul className={list['list']}>
        {waiting.map((listing) => (
          <Item key={listing.id} listing={listing} />
        ))}
      </ul>
    </Panel>
  )
}

function useReadAgain(): () => Promise<void> {
  const queries = useQueryClient()
  return () => queries.invalidateQueries({ queryKey: listingsQuery.queryKey })
}

function Item({ listing }: { listing: Listing }): ReactElement {
  const may = useMay()('listing.decide')
  const readAgain = useReadAgain()
  const [refusing, setRefusing] = useState(false)
  const approve = useMutation({ mutationFn: () => post(ListingView, `/api/listings/${listing.id}/approval`), onSuccess: readAgain })
  const { name } = listing.organisation
  return (
    <li className={list['item']}>
      <Stack gap="xs" className={list['body']}>
        <Text size="sm" c="dimmed" component="div">
          {name}, sent by {listing.proposed.by} at <Instant value={listing.proposed.at} />
        </Text>
        <ListingCard {...listing} operator={listing.operator.id} />
        {listing.link && (
          <Text size="sm" className="mono break">
            {listing.link}
          </Text>
        )}
        <ProblemAlert error={approve.error} />
      </Stack>
      {may && (
        <Group gap={4} wrap="nowrap">
          <Button size="compact-sm" onClick={() => approve.mutate()} loading={approve.isPending} aria-label={`Show ${name} in public`}>
            Show in public
          </Button>
          <Button variant="subtle" color="red" size="compact-sm" onClick={() => setRefusing(true)} aria-label={`Refuse the listing of ${name}`}>
            Refuse
          </Button>
        </Group>
      )}
      <RefuseDialog listing={listing} opened={refusing} onClose={() => setRefusing(false)} />
    </li>
  )
}

function RefuseDialog({ listing, opened, onClose }: { listing: Listing; opened: boolean; onClose: () => void }): ReactElement {
  const readAgain = useReadAgain()
  const { values, set, clear } = useDraft(`refuse-listing-${listing.id}`, { reason: '' })
  const refuse = useMutation({
    mutationFn: () => post(ListingView, `/api/listings/${listing.id}/refusal`, { reason: values.reason }),
    onSuccess: () => {
      clear()
      onClose()
      return readAgain()
    },
  })
  return (
    <Dialog opened={opened} onClose={onClose} title={`Refuse the listing of ${listing.organisation.name}`} size="md">
      <Stack>
        <Textarea
          label="Why"
          description="The member reads it, and can send the listing again"
          required
          maxLength={1000}
          autosize
          minRows={3}
          value={values.reason}
          error={fieldMessage(refuse.error, '/reason')}
          onChange={(event) => set({ reason: event.currentTarget.value })}
          data-autofocus
        />
        <ProblemAlert error={refuse.error} shownFields={['/reason']} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} disabled={refuse.isPending}>
            Cancel
          </Button>
          <Button color="red.8" onClick={() => refuse.mutate()} loading={refuse.isPending} disabled={values.reason.trim() === ''}>
            Refuse
          </Button>
        </Group>
      </Stack>
    </Dialog>
  )
}
