import { Anchor, Button, Checkbox, Group, Stack, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { OwnListings } from '#program/membership/directory/contract.ts'
import { command, put } from '../api/client.ts'
import { useMay } from '../session/may.ts'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { CopyText } from '../ui/copy-text.tsx'
import { Fact, Facts } from '../ui/facts.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { ownListingsQuery, type Own } from './directory.ts'

/** A page, a badge and signed data that say that the organisation is a member, for as long as it is one. */
export function StatementPanel({ own, title }: { own: Own; title: string }): ReactElement {
  const queries = useQueryClient()
  const mayEdit = useMay()('listing.edit')
  const [ending, setEnding] = useState(false)
  const address = `/api/listings/own/${own.operator.id}/statement`
  const on = useMutation({
    mutationFn: (showsTier: boolean) => put(OwnListings, address, { showsTier }),
    onSuccess: ({ items }) => queries.setQueryData(ownListingsQuery.queryKey, items),
  })
  const off = useMutation({
    mutationFn: () => command('DELETE', address),
    onSuccess: () => {
      setEnding(false)
      return queries.invalidateQueries({ queryKey: ownListingsQuery.queryKey })
    },
  })
  const { statement } = own
  return (
    <Panel title={title} lead="Whoever has its address can check that your organisation is a member now. It ends with the membership, at once.">
      <Stack>
        {statement ? <Addresses statement={statement} own={own} /> : <Text>It is switched off: no address says anything.</Text>}
        {statement && mayEdit && (
          <Checkbox
            label="Also show the tier"
            checked={on.isPending ? on.variables : statement.showsTier}
            disabled={on.isPending}
            onChange={(event) => on.mutate(event.currentTarget.checked)}
          />
        )}
        <ProblemAlert error={on.error} />
        {mayEdit && (
          <Group>
            {statement ? (
              <Button variant="default" onClick={() => setEnding(true)}>
                Switch off
              </Button>
            ) : (
              <Button onClick={() => on.mutate(false)} loading={on.isPending} disabled={!own.active}>
                Switch on
              </Button>
            )}
          </Group>
        )}
      </Stack>
      <ConfirmDialog
        opened={ending}
        title="Switch the statement off"
        confirm="Switch off"
        pending={off.isPending}
        error={off.error}
        onConfirm={() => off.mutate()}
        onClose={() => setEnding(false)}
      >
        Its address answers like one that never was, also where the badge is shown. A statement that is switched on later has another address.
      </ConfirmDialog>
    </Panel>
  )
}

function Addresses({ statement: { url, badge }, own }: { statement: NonNullable<Own['statement']>; own: Own }): ReactElement {
  const alt = `${own.organisation.name} is a member of the programme of ${own.operator.name}`.replaceAll(/[<>&"]/g, ' ')
  const markup = `<a href="${url}"><img src="${badge}" height="48" alt="${alt}"></a>`
  return (
    <Facts>
      <Fact name="Badge">
        <img src={new URL(badge).pathname} height={48} alt={alt} />
      </Fact>
      <Fact name="Page">
        <CopyText label="Copy the address of the page" text={url} />
      </Fact>
      <Fact name="Signed data">
        <CopyText label="Copy the address of the signed data" text={`${url}.json`} />
      </Fact>
      <Fact name="HTML for your site">
        <CopyText label="Copy the HTML" text={markup} />
      </Fact>
      <Fact name="Look at it">
        <Anchor href={new URL(url).pathname} target="_blank" inherit>
          Open the page
        </Anchor>
      </Fact>
    </Facts>
  )
}
