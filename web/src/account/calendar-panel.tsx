import { Button, Checkbox, Group, Skeleton, Stack, Text } from '@mantine/core'
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { CalendarFeedView, MadeCalendarFeed } from '#program/calendar-feed/contract.ts'
import { get, post } from '../api/client.ts'
import { useMay } from '../session/may.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { ShownOnce } from '../ui/shown-once.tsx'
import { RevokeButton } from './revoke-button.tsx'

const feedQuery = queryOptions({
  queryKey: ['calendar-feed'],
  queryFn: async ({ signal }) => (await get(CalendarFeedView, '/api/calendar-feed', {}, signal)).feed,
})

/** The address at which the person's own calendar program reads windows and releases. */
export function CalendarPanel(): ReactElement {
  const may = useMay()
  const [making, setMaking] = useState(false)
  const feed = useQuery(feedQuery)
  return (
    <Panel
      title="Calendar subscription"
      lead="An address for your calendar program: the windows of your tier and the releases, by the programme’s calendar."
      actions={may('calendar-feed.make') && <Button onClick={() => setMaking(true)}>{feed.data ? 'Make a new address' : 'Make an address'}</Button>}
    >
      {feed.isPending && <Skeleton height={40} />}
      <ProblemAlert error={feed.error} onRetry={() => void feed.refetch()} />
      {feed.data === null && <Text size="sm">There is none. Whoever knows the address reads the calendar without signing in.</Text>}
      {feed.data && (
        <Group justify="space-between">
          <Text size="sm">
            Made <Instant value={feed.data.createdAt} />. It {feed.data.titles ? 'names packages that you have received' : 'names no package'}. The address
            itself was shown once.
          </Text>
          <RevokeButton verb="End" subject="calendar subscription" path="/api/calendar-feed" queryKey={feedQuery.queryKey}>
            Calendar programs that read this address are refused from now on.
          </RevokeButton>
        </Group>
      )}
      {making && <MakeFeedDialog again={Boolean(feed.data)} onClose={() => setMaking(false)} />}
    </Panel>
  )
}

function MakeFeedDialog({ again, onClose }: { again: boolean; onClose: () => void }): ReactElement {
  const queries = useQueryClient()
  const [titles, setTitles] = useState(false)
  const make = useMutation({
    mutationFn: () => post(MadeCalendarFeed, '/api/calendar-feed', { titles }),
    onSuccess: () => queries.invalidateQueries({ queryKey: feedQuery.queryKey }),
  })
  if (make.data) {
    return (
      <Dialog opened onClose={onClose} title="The address was made" dismissible={false}>
        <Stack>
          <ShownOnce label="The address" value={make.data.url}>
            Subscribe to it in your calendar program. Vedette keeps only a hash.
          </ShownOnce>
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              I have kept it
            </Button>
          </Group>
        </Stack>
      </Dialog>
    )
  }
  return (
    <Dialog opened onClose={onClose} title="Make a calendar address">
      <Stack>
        <Text size="sm">
          The file holds what every member knows, and from the moment you may know of a package, the release of it without its name.
          {again && ' The address that you have ends.'}
        </Text>
        <Checkbox
          checked={titles}
          onChange={(event) => setTitles(event.currentTarget.checked)}
          label="Name packages that I have received"
          description="Whoever keeps your calendar reads the names too: leave this off unless it is your own organisation."
        />
        <ProblemAlert error={make.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} disabled={make.isPending}>
            Cancel
          </Button>
          <Button onClick={() => make.mutate()} loading={make.isPending}>
            Make the address
          </Button>
        </Group>
      </Stack>
    </Dialog>
  )
}
