import { Button, Checkbox, Group, Stack, Text, TextInput, Textarea } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { FormEvent, ReactElement } from 'react'
import { AddedLogo, OwnListings } from '#program/membership/directory/contract.ts'
import { put, upload } from '../api/client.ts'
import { fieldMessage } from '../api/problem.ts'
import { useMay } from '../session/may.ts'
import { useDraft } from '../ui/draft.ts'
import { FileDrop } from '../ui/file-drop.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { useUpload } from '../ui/use-upload.ts'
import { asPng } from './as-png.ts'
import { ownListingsQuery, type Own } from './directory.ts'
import { ListingCard } from './listing-card.tsx'
import styles from './listing-card.module.css'

/** A photograph may be large: it is drawn smaller here before anything is sent. */
const MAX_CHOSEN_BYTES = 30 * 1024 * 1024
const FIELDS = ['/name', '/link', '/protects', '/logo', '/agrees']

interface Draft {
  readonly name: string
  readonly link: string
  readonly protects: string
  readonly logo: string | null
  readonly agrees: boolean
}

function startOf({ waiting, approved, refused, organisation }: Own): Draft {
  const last = waiting ?? refused ?? approved
  const { name = organisation.name, link = null, protects = '', logo = null } = last ?? {}
  return { name, link: link ?? '', protects, logo, agrees: false }
}

/** What is to be shown of the organisation; sending it is agreeing to it. */
export function ListingForm({ own }: { own: Own }): ReactElement | null {
  const queries = useQueryClient()
  const mayEdit = useMay()('listing.edit')
  const { operator } = own
  const { values, set, restart } = useDraft<Draft>(`listing-${operator.id}`, startOf(own))
  const send = useMutation({
    mutationFn: () => put(OwnListings, `/api/listings/own/${operator.id}`, { ...values, link: values.link.trim() || null }),
    onSuccess: ({ items }) => {
      queries.setQueryData(ownListingsQuery.queryKey, items)
      restart({ ...values, agrees: false })
    },
  })
  const logo = useUpload({
    send: async (file, watched) => upload(AddedLogo, `/api/listings/own/${operator.id}/logos`, await asPng(file), { type: 'image/png', ...watched }),
    maxBytes: MAX_CHOSEN_BYTES,
    onDone: ({ digest }) => set({ logo: digest }),
  })
  if (!mayEdit || !own.active) return null
  const submit = (event: FormEvent) => {
    event.preventDefault()
    send.mutate()
  }
  return (
    <form onSubmit={submit} className={styles['columns']}>
      <Stack>
        <TextInput
          label="Name as it is shown"
          required
          maxLength={200}
          value={values.name}
          error={fieldMessage(send.error, '/name')}
          onChange={(event) => set({ name: event.currentTarget.value })}
        />
        <TextInput
          label="Link"
          description="An https address of your own"
          maxLength={500}
          value={values.link}
          error={fieldMessage(send.error, '/link')}
          onChange={(event) => set({ link: event.currentTarget.value })}
        />
        <Textarea
          label="What you protect"
          description="One sentence, at most 500 characters"
          maxLength={500}
          autosize
          minRows={2}
          value={values.protects}
          error={fieldMessage(send.error, '/protects')}
          onChange={(event) => set({ protects: event.currentTarget.value.replaceAll(/\s*\n\s*/g, ' ') })}
        />
        <FileDrop label="Logo" accept="image/png,image/jpeg,image/webp" upload={logo}>
          PNG, JPEG or WebP. A clean copy of its pixels is kept, at most 512 × 512; SVG is refused.
        </FileDrop>
        <ProblemAlert error={logo.error} />
        <Checkbox
          label={`${own.organisation.name} agrees to be shown with this to everybody`}
          checked={values.agrees}
          error={fieldMessage(send.error, '/agrees')}
          onChange={(event) => set({ agrees: event.currentTarget.checked })}
        />
        <ProblemAlert error={send.error} shownFields={FIELDS} />
        <Group justify="flex-end">
          <Button type="submit" loading={send.isPending} disabled={!values.agrees || values.name.trim() === ''}>
            Send to an officer
          </Button>
        </Group>
      </Stack>
      <Stack gap="xs">
        <Text size="sm" fw={600}>
          Preview
        </Text>
        <ListingCard {...values} link={values.link.startsWith('https:') ? values.link : null} operator={operator.id} />
        {values.logo && (
          <Button variant="subtle" size="compact-sm" onClick={() => set({ logo: null })}>
            Show no logo
          </Button>
        )}
      </Stack>
    </form>
  )
}
