import { Alert, Anchor, Button, Group, Stack, Text, Textarea } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { PublicText } from '#program/membership/directory/contract.ts'
import { put } from '../api/client.ts'
import { useMay } from '../session/may.ts'
import { hasDraft, useDraft } from '../ui/draft.ts'
import { Icon } from '../ui/icon.tsx'
import { Instant } from '../ui/instant.tsx'
import { Markdown } from '../ui/markdown.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { publicTextsQuery, TEXT_NAME, type Text as PublicTextView } from './directory.ts'
import styles from './text-panel.module.css'

interface TextPanelProps {
  readonly text: PublicTextView
  /** Where it is shown. */
  readonly address: string
}

/** One text of the public pages: as it is, or being edited beside what it will look like. */
export function TextPanel({ text, address }: TextPanelProps): ReactElement {
  const mayEdit = useMay()('public-text.publish')
  const draft = `public-text-${text.slug}`
  const [editing, setEditing] = useState(() => hasDraft(draft))
  const { title, lead } = TEXT_NAME[text.slug]
  return (
    <Panel
      title={title}
      lead={
        <>
          {lead}{' '}
          {text.published && (
            <>
              Published by {text.published.by} at <Instant value={text.published.at} />.
            </>
          )}{' '}
          <Anchor href={address} target="_blank" underline="always" inherit>
            Open it
          </Anchor>
        </>
      }
      actions={
        mayEdit &&
        !editing && (
          <Button variant="default" onClick={() => setEditing(true)} aria-label={`Edit: ${title}`}>
            Edit
          </Button>
        )
      }
    >
      {editing && mayEdit ? (
        <TextForm name={draft} text={text} onClose={() => setEditing(false)} />
      ) : text.markdown.trim() === '' ? (
        <Text c="dimmed">Nothing is written.</Text>
      ) : (
        <Markdown text={text.markdown} />
      )}
    </Panel>
  )
}

function TextForm({ name, text, onClose }: { name: string; text: PublicTextView; onClose: () => void }): ReactElement {
  const queries = useQueryClient()
  const { values, set, clear } = useDraft(name, { markdown: text.markdown, version: text.version })
  const publish = useMutation({
    mutationFn: () => put(PublicText, `/api/public-texts/${text.slug}`, values),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: publicTextsQuery.queryKey })
      clear()
      onClose()
    },
    onError: () => queries.invalidateQueries({ queryKey: publicTextsQuery.queryKey }),
  })
  const overtaken = values.version !== text.version
  const title = TEXT_NAME[text.slug].title
  return (
    <Stack>
      {overtaken && (
        <Alert color="yellow" variant="light" icon={<Icon name="warning" />} title="Somebody published another version meanwhile">
          <Stack gap="xs" align="flex-start">
            <Text size="sm">What you typed is kept. Compare it with the page before you replace it.</Text>
            <Button size="compact-sm" variant="default" onClick={() => set({ version: text.version })}>
              Replace that version with mine
            </Button>
          </Stack>
        </Alert>
      )}
      <div className={styles['columns']}>
        <Textarea
          label={`${title}, in Markdown`}
          autosize
          minRows={10}
          maxLength={50_000}
          value={values.markdown}
          onChange={(event) => set({ markdown: event.currentTarget.value })}
          classNames={{ input: 'mono' }}
        />
        <section aria-label={`Preview of ${title}`}>
          <Text size="sm" fw={600} mb={4}>
            Preview
          </Text>
          {values.markdown.trim() === '' ? <Text c="dimmed">Published empty, it is taken off.</Text> : <Markdown text={values.markdown} />}
        </section>
      </div>
      <ProblemAlert error={publish.error} />
      <Group justify="flex-end">
        <Button
          variant="default"
          disabled={publish.isPending}
          onClick={() => {
            clear()
            onClose()
          }}
        >
          Discard
        </Button>
        <Button onClick={() => publish.mutate()} loading={publish.isPending} disabled={overtaken}>
          Publish
        </Button>
      </Group>
    </Stack>
  )
}
