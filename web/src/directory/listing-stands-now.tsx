import { Alert, Button, Group, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { command } from '../api/client.ts'
import { useMay } from '../session/may.ts'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { Icon } from '../ui/icon.tsx'
import { Instant } from '../ui/instant.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import { LISTING_STATE, ownListingsQuery, type Listing, type Own } from './directory.ts'

/** What of the listing is public, waits or was refused, and the way out. */
export function ListingStandsNow({ own }: { own: Own }): ReactElement {
  const { waiting, approved, refused } = own
  const mayEdit = useMay()('listing.edit')
  return (
    <>
      {!own.active && <Text>The membership is not active: nothing of it is shown, whatever was agreed.</Text>}
      {approved && <State listing={approved} />}
      {waiting && <State listing={waiting} />}
      {!approved && !waiting && !refused && <Text>Your organisation is not shown. The form below agrees that it is.</Text>}
      {refused && (
        <Alert color="red" variant="light" icon={<Icon name="warning" />} title="The last change was refused">
          {refused.decided?.reason} It can be sent again with what was wrong mended.
        </Alert>
      )}
      {(approved || waiting) && mayEdit && <Withdraw own={own} />}
    </>
  )
}

function State({ listing }: { listing: Listing }): ReactElement {
  const { name, tone } = LISTING_STATE[listing.state]
  return (
    <Group gap="sm">
      <StateMark tone={tone}>{name}</StateMark>
      <Text size="sm" c="dimmed" component="span" className="break">
        {listing.name}, {listing.state === 'waiting' ? 'sent' : 'approved'} at <Instant value={listing.decided?.at ?? listing.proposed.at} />
      </Text>
    </Group>
  )
}

function Withdraw({ own }: { own: Own }): ReactElement {
  const queries = useQueryClient()
  const [asking, setAsking] = useState(false)
  const withdraw = useMutation({
    mutationFn: () => command('DELETE', `/api/listings/own/${own.operator.id}`),
    onSuccess: () => {
      setAsking(false)
      return queries.invalidateQueries({ queryKey: ownListingsQuery.queryKey })
    },
  })
  return (
    <div>
      <Button variant="default" onClick={() => setAsking(true)}>
        Withdraw from the directory
      </Button>
      <ConfirmDialog
        opened={asking}
        title="Withdraw from the directory"
        confirm="Withdraw"
        pending={withdraw.isPending}
        error={withdraw.error}
        onConfirm={() => withdraw.mutate()}
        onClose={() => setAsking(false)}
      >
        {own.organisation.name} is taken out of the directory at once, and what waits is withdrawn. It can agree again at any time. Copies that others made stay
        with them.
      </ConfirmDialog>
    </div>
  )
}
